import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { CheckoutQuote, ShownSku } from "@/api/shapes";
import { t } from "@/i18n";
import { Picture, Price, Struck } from "@/ui/parts";

type Of = (sku: string) => ShownSku | undefined;

/** What the window shows of what is about to be ordered, by SKU. */
export function useGoods(quote: CheckoutQuote | undefined): Of {
  const ids = quote ? [...new Set([...quote.quote.lines, ...quote.quote.gifts].map((line) => line.sku_id))] : [];
  const shown = useReading(ids.join(" ") || null, () => read("/api/v1/storefront/skus", { id: ids.slice(0, 60) }));
  return (id) => shown.data?.find((sku) => sku.sku_id === id);
}

/** What is about to be ordered, gifts among it. */
export function Goods({ quote, of }: { quote: CheckoutQuote; of: Of }) {
  const { lines, gifts } = quote.quote;
  return (
    <section className="card lines">
      <h2>{t("checkout.goods", { n: lines.reduce((sum, line) => sum + line.qty, 0) })}</h2>
      {lines.map((line) => (
        <div key={line.key} className="line">
          <span className="thumb">
            <Picture src={of(line.sku_id)?.card?.picture ?? ""} name={of(line.sku_id)?.name ?? ""} />
          </span>
          <div className="grow">
            <span className="line-name">{of(line.sku_id)?.name ?? "\u00a0"}</span>
            <small className="chosen">{of(line.sku_id)?.choices.join(" · ")}</small>
            <div className="row">
              <Price minor={line.paid_minor} currency={quote.currency} />
              {line.paid_minor < line.list_minor && <Struck minor={line.list_minor} currency={quote.currency} />}
              <span className="grow" />
              <span className="faint">× {line.qty}</span>
            </div>
          </div>
        </div>
      ))}
      {gifts.map((gift) => (
        <p key={gift.sku_id} className="hint">
          <span className="badge solid">{t("checkout.gift")}</span> {of(gift.sku_id)?.name} × {gift.qty}
        </p>
      ))}
    </section>
  );
}
