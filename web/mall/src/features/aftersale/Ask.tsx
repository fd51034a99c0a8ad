import { useState } from "react";
import { act, type Answer, type Input } from "@/api/client";
import { useOnce } from "@/api/once";
import type { ShownSku } from "@/api/shapes";
import { Pictures } from "@/features/Pictures";
import { day, money, t } from "@/i18n";
import { told } from "@/i18n/errors";
import { isBrowser, typed } from "@/platform";
import { shopper, toast } from "@/shopper";
import { Choices, Picture, Qty } from "@/ui/parts";
import { Swapping, type Swap } from "./Swapping";

export type Asking = Answer<"/api/v1/aftersales/of-order">;
type Wanted = Input<"aftersales.ask_by_link">;

const KINDS: readonly Wanted["kind"][] = ["return", "refund", "exchange"];
const REASONS: readonly Wanted["reason"][] = ["quality", "damaged", "wrong_goods", "missing", "not_as_described", "late", "unwanted", "other"];

/** Which pieces, why, and with which pictures; what it comes to is told before it is sent. */
export function Ask({ link, asking, skus, again }: { link: string; asking: Asking; skus: readonly ShownSku[]; again: () => void }) {
  const { customerId } = shopper.use();
  const open = KINDS.filter((each) => each in asking.until);
  const [kind, setKind] = useState<Wanted["kind"]>(open[0] ?? "return");
  const [reason, setReason] = useState<Wanted["reason"]>("quality");
  const [chosen, setChosen] = useState<Record<number, number>>({});
  const [swaps, setSwaps] = useState<Record<number, Swap>>({});
  const [words, setWords] = useState("");
  const [pictures, setPictures] = useState<string[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const isExchange = kind === "exchange";
  const lines = asking.lines.flatMap(({ line, sku_id }) => {
    const qty = chosen[line];
    const to = swaps[line]?.sku_id;
    return qty ? [{ line, qty, ...(isExchange && to && to !== sku_id && { sku_id: to }) }] : [];
  });
  const isThere = !isExchange || lines.every(({ line, qty }) => (swaps[line]?.available ?? qty) >= qty);
  const amount = asking.lines.reduce((sum, each) => sum + Math.floor((each.amount_minor * (chosen[each.line] ?? 0)) / each.qty), 0);
  const last = asking.until[kind];
  const send = async () => {
    const wanted: Wanted = { link, kind, reason, lines, words: words.trim(), pictures };
    setIsBusy(true);
    try {
      await once(wanted, (key) => act("aftersales.ask_by_link", wanted, key));
      toast(t("aftersale.sent"), true);
      setChosen({});
      setSwaps({});
      setWords("");
      setPictures([]);
    } catch (error) {
      toast(told(error));
    }
    setIsBusy(false);
    again();
  };
  return (
    <section className="card form asking">
      <h2>{t("aftersale.ask")}</h2>
      <Choices name={t("aftersale.kind")} options={open.map((each) => [each, t(`aftersale.kind.${each}`)] as const)} value={kind} set={setKind} />
      {last && <small className="faint">{t("aftersale.until", { day: day(last) })}</small>}
      <h3>{t("aftersale.goods")}</h3>
      {asking.lines.map((line) => {
        const sku = skus.find((each) => each.sku_id === line.sku_id);
        return (
          <div key={line.line} className="line">
            <span className="thumb">
              <Picture src={sku?.card?.picture ?? ""} name={sku?.name ?? line.title} />
            </span>
            <span className="grow">
              <span className="line-name">{sku?.name ?? line.title}</span>
              <small className="chosen">{sku?.choices.join(" · ")}</small>
              <Qty qty={chosen[line.line] ?? 0} least={0} most={line.qty} set={(qty) => setChosen((before) => ({ ...before, [line.line]: qty }))} />
              {isExchange && !!chosen[line.line] && sku && <Swapping sku={sku} qty={chosen[line.line] ?? 0} set={(swap) => setSwaps((before) => ({ ...before, [line.line]: swap }))} />}
            </span>
          </div>
        );
      })}
      <h3>{t("aftersale.reason")}</h3>
      <Choices name={t("aftersale.reason")} options={REASONS.map((each) => [each, t(`aftersale.reason.${each}`)] as const)} value={reason} set={setReason} />
      <textarea className="field" rows={3} maxLength={500} value={words} aria-label={t("aftersale.words")} placeholder={t("aftersale.words")} onInput={(event) => setWords(typed(event))} />
      {isBrowser && <Pictures pictures={pictures} set={setPictures} link={customerId ? undefined : link} />}
      {!isExchange && (
        <p className="row">
          <span className="grow">{t("aftersale.amount")}</span>
          <b className="red">{money(amount, asking.currency)}</b>
        </p>
      )}
      <button className="button whole" disabled={!lines.length || !isThere || isBusy} onClick={() => void send()}>
        {t("aftersale.send")}
      </button>
    </section>
  );
}
