import { looks } from "@/looks";
import { en } from "./en";
import { zh, type Key } from "./zh";

export type { Key };

/** A text of the mall, with `{name}` filled in. */
export const t = (key: Key, given: Record<string, string | number> = {}): string =>
  (looks.get().lang === "en" ? en : zh)[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(given[name] ?? whole));

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
