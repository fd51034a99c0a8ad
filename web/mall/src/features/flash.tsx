import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { FlashSale, ShownSku, Variant } from "@/api/shapes";
import { t } from "@/i18n";
import { shopper } from "@/shopper";
import { Link } from "@/ui/Link";
import { Clock, Picture, Price, Struck, useSecondsTo } from "@/ui/parts";

export interface Sale {
  sale: FlashSale;
  sku: ShownSku;
}

/** The flash sales of a shop with what they sell, and how far the server's clock is ahead of this one. */
export async function salesOf(shopId: string): Promise<{ sales: Sale[]; aheadMs: number }> {
  const running = await read("/api/v1/marketing/flash-sales", { shop_id: shopId });
  const first = running[0];
  if (!first) return { sales: [], aheadMs: 0 };
  const skus = await read("/api/v1/storefront/skus", { id: running.map((each) => each.sku_id) });
  const sales = running.flatMap((sale) => skus.filter((sku) => sku.sku_id === sale.sku_id).map((sku) => ({ sale, sku })));
  return { sales, aheadMs: Date.parse(first.now) - Date.now() };
}

export function FlashClock({ sale, aheadMs }: { sale: FlashSale; aheadMs: number }) {
  const isAhead = sale.status === "ahead";
  const seconds = useSecondsTo(isAhead ? sale.starts_at : sale.ends_at, aheadMs);
  return (
    <span className="row tight">
      <span className="faint">{t(isAhead ? "flash.begins_in" : "flash.ends_in")}</span>
      <Clock seconds={seconds} />
    </span>
  );
}

/** On a product's page: the price of its flash sale, which is kept for members, because each may have so many. */
export function FlashBanner({ variant, currency }: { variant?: Variant; currency: string }) {
  const { mall, customerId } = shopper.use();
  const found = useReading(mall ? `flash ${mall.id}` : null, () => salesOf(mall?.id ?? ""));
  const sale = found.data?.sales.find((each) => each.sale.sku_id === variant?.sku_id)?.sale;
  if (!sale || sale.status === "over" || !found.data) return null;
  return (
    <div className="flash-banner">
      <span>
        <b>{t("home.flash")}</b> <Price minor={sale.price_minor} currency={currency} />
        <small>{t(sale.status === "sold_out" ? "flash.sold_out" : "flash.terms", { left: sale.left, each: sale.per_buyer })}</small>
      </span>
      <span className="grow" />
      <span>
        <FlashClock sale={sale} aheadMs={found.data.aheadMs} />
        {!customerId && (
          <Link to="login" query={{ back: 1 }} className="under">
            {t("flash.sign_in")}
          </Link>
        )}
      </span>
    </div>
  );
}

export function FlashCard({ sale, sku }: Sale) {
  const { mall } = shopper.use();
  const currency = mall?.currency ?? "CNY";
  const usual = sku.card?.market_minor ?? sku.card?.price_minor;
  const taken = Math.round(((sale.units - sale.left) / sale.units) * 100);
  return (
    <Link to="product" query={{ id: sku.product_id, sku: sku.sku_id }} className="goods">
      <span className="frame">
        <Picture src={sku.card?.picture ?? ""} name={sku.name} />
        {sale.status === "sold_out" && <span className="gone">{t("goods.gone")}</span>}
      </span>
      <span className="goods-name">{sku.name}</span>
      <span className="goods-price">
        <Price minor={sale.price_minor} currency={currency} />
        {usual != null && usual > sale.price_minor && <Struck minor={usual} currency={currency} />}
      </span>
      <span className="taken" role="img" aria-label={t("flash.taken", { n: taken })}>
        <span style={{ width: `${Math.max(taken, 4)}%` }} />
      </span>
      <small className="faint">{t("flash.left", { n: sale.left })}</small>
    </Link>
  );
}
