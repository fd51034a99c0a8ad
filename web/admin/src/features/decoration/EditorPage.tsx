import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { api, given } from "../../api/client";
import { useSay } from "../../i18n";
import { isWrong, Wrong } from "../../ui/Wrong";
import { readVersion } from "./History";
import { USUAL } from "./kinds";
import { usePages } from "./Decoration";
import { isSame, keyed, leftBehind, type Draft } from "./page";
import { Workbench, type Opened } from "./Workbench";

/** The editor of one page: its newest version, or what was left unsaved in this tab. */
export function EditorPage() {
  const { shop = "", slug = "" } = useParams();
  const [turn, setTurn] = useState(0);
  return <Editor key={`${shop} ${slug} ${turn}`} shop={shop} slug={slug} onReload={() => setTurn(turn + 1)} />;
}

function Editor({ shop, slug, onReload }: { shop: string; slug: string; onReload: () => void }) {
  const say = useSay();
  const [asked] = useSearchParams();
  const pages = usePages(shop);
  const summary = pages.data?.find((each) => each.slug === slug);
  const [opened, setOpened] = useState<Opened | null>(null);
  const reading = useQuery({
    queryKey: ["page-to-edit", shop, slug],
    queryFn: async (): Promise<Draft & { version: number }> => {
      const latest = (await pages.refetch()).data?.find((each) => each.slug === slug)?.latest ?? 0;
      if (latest) return readVersion(shop, slug, latest);
      const named = asked.get("template");
      const template = named ? (await given(api.GET("/api/v1/storefront/page-templates"))).find((each) => each.slug === named) : undefined;
      if (template) return { version: 0, title: asked.get("title") ?? template.title, title_en: template.title_en, foot: template.foot, blocks: template.blocks as Draft["blocks"] };
      const isHome = slug === "home";
      return { version: 0, title: asked.get("title") ?? (isHome ? say("decor.home") : slug), title_en: isHome ? "Home" : "", foot: null, blocks: keyed(isHome ? USUAL : []) };
    },
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  useEffect(() => {
    if (reading.data && !opened) setOpened(open(shop, slug, reading.data));
  }, [reading.data, opened, shop, slug]);
  if (isWrong(reading)) return <Wrong error={reading.error} onRetry={() => void reading.refetch()} />;
  if (!opened) return <Skeleton active />;
  return <Workbench shop={shop} slug={slug} slugs={pages.data?.map((each) => each.slug) ?? []} published={summary?.published ?? null} opened={opened} onReload={onReload} />;
}

function open(shop: string, slug: string, { version, ...saved }: Draft & { version: number }): Opened {
  const left = leftBehind(shop, slug);
  if (!left || (version > 0 && isSame(left, saved))) return { base: version, saved, draft: saved, isRestored: false, isOld: false };
  const { base, ...draft } = left;
  return { base, saved, draft, isRestored: version > 0 || !isSame(draft, saved), isOld: base !== version };
}
