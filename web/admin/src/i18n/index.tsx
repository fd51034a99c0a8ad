import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { createContext, useContext } from "react";
import { en, zh, type Key } from "./words";

export type { Key } from "./words";
export type Lang = "zh-CN" | "en";
export type Say = (key: Key, with_?: Record<string, string | number>) => string;

const CATALOGS: Record<Lang, Record<Key, string>> = { "zh-CN": zh, en };

const isKey = (key: string): key is Key => key in zh;

export function sayIn(lang: Lang): Say {
  dayjs.locale(lang === "en" ? "en" : "zh-cn");
  return (key, with_ = {}) => filled(lang, key, with_);
}

const filled = (lang: Lang, key: Key, with_: Record<string, string | number>): string =>
  CATALOGS[lang][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(with_[name] ?? whole));

/** A text in both languages, for what is kept and read by others. */
export const inBoth = (key: Key, with_: Record<string, string | number> = {}): { zh: string; en: string } => ({
  zh: filled("zh-CN", key, with_),
  en: filled("en", key, with_),
});

export const Speaking = createContext<{ lang: Lang; say: Say }>({ lang: "zh-CN", say: sayIn("zh-CN") });

export const useSay = (): Say => useContext(Speaking).say;
export const useLang = (): Lang => useContext(Speaking).lang;

/** Of a pair of texts that the API gives in both languages, the reader's. */
export function usePick(): (both: { zh: string; en: string }) => string {
  const lang = useLang();
  return (both) => (lang === "en" ? both.en || both.zh : both.zh || both.en);
}

/** Several things as one text: 红、蓝 or "red, blue". */
export function useListed(): (parts: readonly string[]) => string {
  const between = useLang() === "en" ? ", " : "、";
  return (parts) => parts.join(between);
}

/** The word for a value of the API, such as `listed` among products; the value itself where there is none. */
export function useWord(): (kind: string, value: string) => string {
  const say = useSay();
  return (kind, value) => {
    const key = `${kind}.${value}`;
    return isKey(key) ? say(key) : value;
  };
}
