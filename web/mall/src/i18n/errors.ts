import { Refused } from "@/api/client";
import { t } from ".";

const NOT_SOLD = ["orders.SkuNotSellable", "checkout.CartSkuUnknown"];

/** What a shopper calls the goods of a SKU, where the page knows it. */
export type NameOf = (sku: string) => string | undefined;

/**
 * What a person is told of an error: the server's own words say what to do next. Ours do where it was not reached, and of
 * goods, which it calls by a number that no shopper knows.
 */
export function told(error: unknown, nameOf?: NameOf): string {
  if (!(error instanceof Refused)) return t("wrong.bug");
  if (error.problem.code === "offline") return t("wrong.offline");
  if (error.problem.code === "unreadable") return t("wrong.server", { status: error.problem.status });
  if (error.problem.code === "kernel.NoSuchAddress") return t("lost.hint"); // what the server says is for programmers
  const sku = error.problem.data["sku_id"];
  const name = (typeof sku === "string" && nameOf?.(sku)) || t("wrong.these_goods");
  const left = Number(error.problem.data["available"] ?? 0);
  if (error.problem.code === "inventory.OutOfStock") return left > 0 ? t("wrong.few_left", { name, n: left }) : t("wrong.none_left", { name });
  if (NOT_SOLD.includes(error.problem.code)) return t("wrong.not_sold", { name });
  if (error.problem.code === "orders.OfferNotUsable") return t("wrong.offer_over", { name });
  const fields = error.problem.data["fields"];
  const named = Array.isArray(fields) ? fields.map((each: { path?: string; problem?: string }) => `${each.path ?? ""} ${each.problem ?? ""}`.trim()) : [];
  return named.length ? `${error.problem.message} (${named.join("; ")})` : error.problem.message;
}
