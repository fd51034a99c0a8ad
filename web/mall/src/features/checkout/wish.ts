import type { Input } from "@/api/client";
import type { CheckoutQuote } from "@/api/shapes";
import { keepHere, keptHere } from "@/platform";
import { noAddress, type Address } from "../AddressForm";

type Place = Input<"checkout.place">;
export type Invoice = "none" | "personal" | "company";

/** What a shopper has chosen at the checkout. `isFinding`: where the chosen address is. `coupon`: best, none, an id of the wallet, or `code:` and a code. */
export interface Wish {
  address: Address;
  isFinding: boolean;
  pointId: string | null;
  coupon: string;
  points: number;
  invoice: Invoice;
  title: string;
  taxNo: string;
  email: string;
  note: string;
  method: string;
}

export const noWish: Wish = { address: noAddress, isFinding: false, pointId: null, coupon: "best", points: 0, invoice: "none", title: "", taxNo: "", email: "", note: "", method: "" };

/** What was typed before the page was loaded anew. What is chosen at a tap, and may not suit other goods, is asked for again. */
export function keptWish(): Wish {
  const kept = keptHere("wish", noWish);
  return { ...kept, isFinding: false, points: 0, pointId: null, coupon: kept.coupon.startsWith("code:") ? kept.coupon : "best" };
}

export const keepWish = (wish: Wish): void => keepHere("wish", wish);

export type Goods = { shop_id: string; cart_token?: string; lines?: { sku_id: string; qty: number }[] };

/** What a quote is asked for: where to, how, with which coupons. */
export const quoteOf = (goods: Goods, wish: Wish) => ({
  ...goods,
  ...(wish.pointId ? { delivery: { kind: "pickup" as const, point_id: wish.pointId } } : wish.address.code ? { region: wish.address.code } : {}),
  ...couponsOf(wish.coupon),
  points: wish.points,
});

function couponsOf(coupon: string): Pick<Place, "coupons" | "best_coupons"> {
  if (coupon === "best") return { best_coupons: true };
  if (coupon === "none") return { best_coupons: false };
  return { best_coupons: false, coupons: [coupon.startsWith("code:") ? { code: coupon.slice(5) } : { coupon_id: coupon }] };
}

/** The order, at the total that was shown. */
export function placeOf(goods: Goods, wish: Wish, quote: CheckoutQuote): Place {
  const { code: _, ...receiver } = wish.address;
  return {
    ...quoteOf(goods, wish),
    receiver: { ...receiver, name: receiver.name.trim(), phone: receiver.phone.trim() },
    expected_total_minor: quote.total_minor,
    method: wish.method,
    note: wish.note.trim(),
    ...(goods.lines ? {} : { cart_version: quote.cart_version ?? null }),
    ...(wish.invoice === "none" ? {} : { invoice: { kind: wish.invoice, title: wish.title.trim(), tax_no: wish.invoice === "company" ? wish.taxNo.trim() : "", email: wish.email.trim() } }),
  };
}
