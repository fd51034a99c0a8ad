import { LOST, Refused } from "@/api/client";
import { t, type Key } from ".";

const NOT_SOLD = ["orders.SkuNotSellable", "checkout.CartSkuUnknown"];

/** What pages call the fields that people fill in. */
const LABELS: Record<string, Key> = {
  note: "checkout.note",
  name: "address.name",
  phone: "address.phone",
  street: "address.street",
  title: "invoice.name",
  tax_no: "invoice.tax_no",
  email: "invoice.mail",
  words: "wrong.your_words",
  text: "wrong.your_words",
  carrier: "aftersale.carrier",
  waybill: "aftersale.waybill",
  code: "coupon.code",
};

interface Unfit {
  path?: string;
  message?: string;
}

/** What does not fit, called as the page calls it; nothing where it is of no field that people fill in. */
function unfit(fields: unknown): string {
  const known = (Array.isArray(fields) ? (fields as Unfit[]) : []).flatMap(({ path = "", message = "" }) => {
    const label = LABELS[path.split(".").pop() ?? ""];
    return label && message ? [t("wrong.field", { name: t(label), problem: message })] : [];
  });
  return known.join(" ");
}

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
  if (LOST.includes(error.problem.code)) return t("wrong.signed_out");
  if (error.problem.code === "kernel.NoSuchAddress") return t("lost.hint"); // what the server says is for programmers
  const sku = error.problem.data["sku_id"];
  const name = (typeof sku === "string" && nameOf?.(sku)) || t("wrong.these_goods");
  const left = Number(error.problem.data["available"] ?? 0);
  if (error.problem.code === "inventory.OutOfStock") return left > 0 ? t("wrong.few_left", { name, n: left }) : t("wrong.none_left", { name });
  if (NOT_SOLD.includes(error.problem.code) || error.problem.data["why"] === "catalog.NotOnOffer") return t("wrong.not_sold", { name });
  if (error.problem.code === "orders.OfferNotUsable") return t("wrong.offer_over", { name });
  const ill = error.problem.code === "kernel.InputInvalid" ? unfit(error.problem.data["fields"]) : "";
  return ill || error.problem.message;
}
