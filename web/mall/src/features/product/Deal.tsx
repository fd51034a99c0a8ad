import { useEffect, useState } from "react";
import { ask } from "@/api/client";
import { useReading } from "@/api/reading";
import type { Variant } from "@/api/shapes";
import { Totals } from "@/features/Totals";
import { t } from "@/i18n";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Price, Sheet } from "@/ui/parts";

const PAUSE_MS = 250;

/** What so many pieces come to with all promotions that count, why, and what would save more: as checkout has it. */
export function Deal({ variant, qty }: { variant: Variant; qty: number }) {
  const { mall, customerId } = shopper.use();
  const [isOpen, setIsOpen] = useState(false);
  const wanted = useSettled(`${variant.sku_id} ${qty} ${customerId ?? ""}`);
  const [skuId = "", pieces = "1"] = wanted.split(" ");
  const quoted = useReading(mall ? wanted : null, () => ask("/api/v1/checkout/quote", { shop_id: mall?.id ?? "", lines: [{ sku_id: skuId, qty: Number(pieces) }] }));
  const deal = quoted.data;
  if (!deal || quoted.error) return null;
  const off = deal.quote.totals.off_minor;
  return (
    <div className={`card deal ${quoted.isOld ? "fading" : ""}`}>
      <button className="plain row whole" onClick={() => setIsOpen(true)}>
        <span className="label">{t("deal.title")}</span>
        <span className="grow left">
          {t("deal.for", { n: Number(pieces) })} <Price minor={deal.quote.totals.goods_minor - off} currency={deal.currency} />
        </span>
        <small className="faint">{t("deal.why")}</small>
        <Icon name="next" size={14} />
      </button>
      {deal.hints.slice(0, 2).map((hint) => (
        <p key={hint.promotion_id} className="hint">
          <span className="badge solid">{t("deal.hint")}</span> {hint.text}
        </p>
      ))}
      {isOpen && (
        <Sheet title={t("deal.why")} close={() => setIsOpen(false)}>
          <Totals quote={deal.quote} freightText={deal.freight_text} />
          {deal.hints.map((hint) => (
            <p key={hint.promotion_id} className="hint">
              <b>{hint.name}</b> {hint.text}
            </p>
          ))}
        </Sheet>
      )}
    </div>
  );
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
