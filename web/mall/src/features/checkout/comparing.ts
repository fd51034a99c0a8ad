import { ask } from "@/api/client";
import { useReading } from "@/api/reading";
import type { CheckoutQuote } from "@/api/shapes";
import { money, t, type Key } from "@/i18n";
import { told } from "@/i18n/errors";
import { looks } from "@/looks";
import { quoteOf, type Goods, type Wish } from "./wish";

interface Coupon {
  id: string;
  promotion_id: string;
}

const COMPARED_MAX = 8;

/** What each coupon would make of this order, alone: how much less it would cost, or why it can't be used. */
export function useCompared(coupons: readonly Coupon[], goodsOf: () => Promise<Goods>, wish: Wish): Record<string, string> {
  const { lang } = looks.use();
  const compared = coupons.slice(0, COMPARED_MAX);
  const key = compared.length ? JSON.stringify([lang, compared.map((each) => each.id), wish.address.code, wish.pointId, wish.points]) : null;
  const found = useReading(key, async () => {
    const goods = await goodsOf();
    const quote = (coupon: string) => ask("/api/v1/checkout/quote", quoteOf(goods, { ...wish, coupon }));
    const without = await quote("none");
    const said = await Promise.all(
      compared.map((each) =>
        quote(each.id).then(
          (with_) => [each.id, saying(each, with_, without)] as const,
          (error: unknown) => [each.id, told(error)] as const,
        ),
      ),
    );
    return Object.fromEntries(said);
  });
  return found.data ?? {};
}

function saying(coupon: Coupon, quote: CheckoutQuote, without: CheckoutQuote): string {
  const less = without.total_minor - quote.total_minor;
  if (less > 0) return t("coupon.saves", { amount: money(less, quote.currency), total: money(quote.total_minor, quote.currency) });
  const refused = quote.quote.refused.find((each) => each.promotion_id === coupon.promotion_id);
  if (!refused) return t("coupon.why.dearer");
  if (refused.missing?.missing_minor) return t("coupon.why.more", { amount: money(refused.missing.missing_minor, quote.currency) });
  const other = (looks.get().lang === "en" && refused.by_name_en) || refused.by_name || "";
  return t(WHY[refused.why] ?? "coupon.why.condition", { other });
}

const WHY: Partial<Record<string, Key>> = {
  not_now: "coupon.why.not_now",
  not_this_buyer: "coupon.why.not_this_buyer",
  not_this_region: "coupon.why.not_this_region",
  used_up: "coupon.why.used_up",
  below_threshold: "coupon.why.below",
  not_together: "coupon.why.not_together",
  goods_taken: "coupon.why.not_together",
  at_floor: "coupon.why.at_floor",
  dearer: "coupon.why.dearer",
  not_lower: "coupon.why.dearer",
};
