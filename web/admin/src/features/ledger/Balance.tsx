import { useLang, useSay } from "../../i18n";
import { money } from "../../ui/format";

/** A balance as accountants write it: its side, and how much. */
export function Balance({ minor, currency, isStrong = false }: { minor: number; currency: string; isStrong?: boolean }) {
  const say = useSay();
  const lang = useLang();
  if (!minor) return <span className="soft">–</span>;
  const text = <span className="money">{money(Math.abs(minor), currency, lang)}</span>;
  return (
    <>
      <span className="soft">{say(minor > 0 ? "side.debit" : "side.credit")}</span> {isStrong ? <b>{text}</b> : text}
    </>
  );
}
