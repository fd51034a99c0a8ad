import { read, type Answer } from "@/api/client";
import { looks } from "@/looks";

export type Offer = Answer<"/api/v1/marketing/offers">[number];

let asked: { shop: string; answer: Promise<Offer[]> } | undefined;

/** What runs in the shop: group buys, bargains, pre-sales; asked for once a visit and shared by all pages. */
export function offersOf(shop: string): Promise<Offer[]> {
  if (asked?.shop === shop) return asked.answer;
  const answer = read("/api/v1/marketing/offers", { shop_id: shop });
  answer.catch(() => (asked = undefined));
  asked = { shop, answer };
  return answer;
}

export const offerFor = (offers: readonly Offer[] | undefined, product: string, sku?: string): Offer | undefined =>
  offers?.find((each) => each.products.includes(product) || (sku !== undefined && each.skus.includes(sku)));

export const nameOf = (offer: Offer): string => (looks.get().lang === "en" && offer.name_en) || offer.name;

/** The link of the member's order that was just placed by an offer: it is among the newest. */
export async function linkOf(orderId: string): Promise<string> {
  const newest = await read("/api/v1/checkout/orders", { limit: 10 });
  return newest.items.find((each) => each.order_id === orderId)?.link ?? "";
}
