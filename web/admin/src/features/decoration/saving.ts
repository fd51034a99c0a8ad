import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useState } from "react";
import { run } from "../../api/actions";
import { Refused, type Problem, type Schema } from "../../api/client";
import { newKey } from "../../ui/keys";
import { useListed, useSay, useWord, type Key } from "../../i18n";
import { useWords } from "../../ui/Wrong";
import { isSame, leaveBehind, type Draft } from "./page";
import { lacking, sent } from "./ready";

type Version = Schema<"PageVersion">;

interface Fault {
  path: string;
  message: string;
}

/** What the API says is wrong with a block, and how people are told. */
const FAULTS: readonly [RegExp, Key][] = [
  [/^names the product/, "decor.wrong_product"],
  [/^names the category/, "decor.wrong_category"],
  [/^leads to the page/, "decor.wrong_page"],
  [/^is not after/, "decor.wrong_schedule"],
  [/^reaches beyond/, "decor.wrong_zone"],
  [/are more than/, "decor.too_many"],
];

export interface Saving {
  base: number;
  isBusy: boolean;
  isChanged: boolean;
  /** The version of somebody else that saving ran into. */
  movedOn: number | null;
  save: () => Promise<number | null>;
  publish: () => Promise<void>;
  keepMine: () => Promise<void>;
  forget: () => void;
}

/** Saving and publishing a page; what somebody else saved meanwhile is never written over without asking. */
export function useSaving(shop: string, slug: string, first: { base: number; draft: Draft }, draft: Draft, onLacking: (key: string) => void): Saving {
  const say = useSay();
  const listed = useListed();
  const word = useWord();
  const words = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [saved, setSaved] = useState(first);
  const [isBusy, setBusy] = useState(false);
  const [movedOn, setMovedOn] = useState<number | null>(null);
  const isChanged = saved.base === 0 || !isSame(saved.draft, draft);

  const write = async (base: number): Promise<number | null> => {
    const wrong = draft.blocks.find((each) => lacking(each).length);
    if (wrong) {
      onLacking(wrong.key);
      void message.warning(`${word("block_kind", wrong.kind)} · ${say("decor.to_fill", { what: listed(lacking(wrong).map((each) => say(each))) })}`);
      return null;
    }
    setBusy(true);
    try {
      const made = (await run("storefront.save_page", { shop_id: shop, slug, base, title: draft.title, title_en: draft.title_en, foot: draft.foot, blocks: draft.blocks.map(sent) }, newKey())) as Version;
      setSaved({ base: made.version, draft });
      setMovedOn(null);
      leaveBehind(shop, slug, null);
      return made.version;
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "storefront.PageMovedOn") setMovedOn(Number(error.problem.data.version));
      else if (error instanceof Refused && error.problem.code === "storefront.BadBlocks") blame(error.problem);
      else void message.error(words(error));
      return null;
    } finally {
      setBusy(false);
    }
  };
  /** Say what is wrong with the first block that is refused, in the reader's words, and choose it. */
  const blame = ({ message: told, data }: Problem) => {
    const fault = (data.fields as Fault[] | undefined)?.[0];
    const at = Number(/^blocks\.(\d+)/.exec(fault?.path ?? "")?.[1] ?? -1);
    const block = draft.blocks[at];
    const why = FAULTS.find(([pattern]) => pattern.test(fault?.message ?? ""))?.[1];
    if (block) onLacking(block.key);
    if (!why) void message.error(told);
    else void message.error(block ? say("decor.wrong", { n: at + 1, kind: word("block_kind", block.kind), why: say(why) }) : say(why));
  };
  const look = () => client.invalidateQueries({ queryKey: ["pages"] });
  const tell = async (version: number | null) => {
    if (version === null) return null;
    void message.success(say("decor.saved", { n: version }));
    await look();
    return version;
  };
  const show = async (version: number) => {
    setBusy(true);
    try {
      await run("storefront.publish_page", { shop_id: shop, slug, version }, newKey());
      void message.success(say("decor.published"));
      await look();
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "storefront.PageMovedOn") setMovedOn(Number(error.problem.data.version));
      else void message.error(words(error));
    } finally {
      setBusy(false);
    }
  };
  return {
    base: saved.base,
    isBusy,
    isChanged,
    movedOn,
    save: async () => tell(await write(saved.base)),
    publish: async () => {
      const version = isChanged ? await write(saved.base) : saved.base;
      if (version !== null) await show(version);
    },
    keepMine: async () => {
      if (movedOn !== null) await tell(await write(movedOn));
    },
    forget: () => setMovedOn(null),
  };
}
