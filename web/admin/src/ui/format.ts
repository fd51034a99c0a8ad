import dayjs from "dayjs";
import type { Lang } from "../i18n";

const formats = new Map<string, Intl.NumberFormat>();

/** An amount in minor units (分) as people write it: "¥220.50". */
export function money(minor: number, currency: string, lang: Lang): string {
  const name = `${lang} ${currency}`;
  let format = formats.get(name);
  if (!format) {
    format = new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    formats.set(name, format);
  }
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** An amount as a number in major units, for a sheet: 22050 of CNY is 220.5, of JPY 22050. */
export const major = (minor: number, currency: string): number =>
  minor / 10 ** (new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2);

/** How many decimals a currency has: 2 for CNY, 0 for JPY. */
export const digitsOf = (currency: string): number => new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;

export const symbolOf = (currency: string, lang: Lang): string =>
  new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((part) => part.type === "currency")?.value ?? currency;

/** A unit price in major units, which may have more places than the currency: "¥168.00", "¥0.0125". */
export const unitPrice = (major: string, currency: string, lang: Lang): string =>
  new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: 6 }).format(Number(major));

export const when = (at: string): string => dayjs(at).format("YYYY-MM-DD HH:mm");

/** How long ago, or until, in the largest unit that fits: "3 小时". */
export function lasting(seconds: number, lang: Lang): string {
  const units: [number, string, string][] = [
    [86400, "天", "d"],
    [3600, "小时", "h"],
    [60, "分钟", "min"],
    [1, "秒", "s"],
  ];
  const size = Math.abs(seconds);
  const [unit, zh, en] = units.find(([each]) => size >= each) ?? [1, "秒", "s"];
  return `${Math.floor(size / unit)} ${lang === "en" ? en : zh}`;
}

/** Lines of a CSV file that spreadsheets open rightly: UTF-8 with a mark, no cell that counts as a formula. */
export function csv(rows: unknown[][]): Blob {
  const cell = (value: unknown): string => {
    const text = value === null || value === undefined ? "" : String(value);
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return new Blob(["\uFEFF", rows.map((row) => row.map(cell).join(",")).join("\r\n")], { type: "text/csv;charset=utf-8" });
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
