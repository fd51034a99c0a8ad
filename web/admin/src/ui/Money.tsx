import { useLang } from "../i18n";
import { money } from "./format";

export function Money({ minor, currency, quiet = false }: { minor: number; currency: string; quiet?: boolean }) {
  const lang = useLang();
  return <span className={quiet && minor === 0 ? "money zero" : "money"}>{money(minor, currency, lang)}</span>;
}
