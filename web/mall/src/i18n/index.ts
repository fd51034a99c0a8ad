import { looks, type Lang } from "@/looks";
import { after } from "./after";
import { en } from "./en";
import { service } from "./service";
import { zh, type Key as First } from "./zh";

/** The texts there are: those of the way to an order, of what comes after, and of what is asked for after the sale. */
export type Key = First | keyof typeof after.zh | keyof typeof service.zh;

const texts: Record<Lang, Record<Key, string>> = { "zh-CN": { ...zh, ...after.zh, ...service.zh }, en: { ...en, ...after.en, ...service.en } };

/** A text of the mall, with `{name}` filled in. */
export const t = (key: Key, given: Record<string, string | number> = {}): string =>
  texts[looks.get().lang][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(given[name] ?? whole));

/** Render anew when the language changes. */
export const useLang = (): typeof t => {
  looks.use();
  return t;
};

const MARKS: Record<string, string> = { CNY: "¥", USD: "$", EUR: "€", GBP: "£", JPY: "¥", HKD: "HK$" };
const WITHOUT_MINOR = new Set(["JPY", "KRW"]);

/** An amount in its parts, so that a price can be set large and its cents small. */
export function amount(minor: number, currency: string): { mark: string; whole: string; cents: string } {
  const digits = WITHOUT_MINOR.has(currency) ? 0 : 2;
  const [whole = "0", cents = ""] = (Math.abs(minor) / 10 ** digits).toFixed(digits).split(".");
  return { mark: (minor < 0 ? "−" : "") + (MARKS[currency] ?? `${currency} `), whole: whole.replace(/\B(?=(\d{3})+$)/g, ","), cents };
}

export function money(minor: number, currency: string): string {
  const { mark, whole, cents } = amount(minor, currency);
  return mark + whole + (cents && `.${cents}`);
}

export function moment(at: string): string {
  const when = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ${two(when.getHours())}:${two(when.getMinutes())}`;
}

export const day = (at: string): string => moment(at).slice(0, 10);
