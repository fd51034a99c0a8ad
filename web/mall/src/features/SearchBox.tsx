import { useEffect, useState, type KeyboardEvent } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { go } from "@/going";
import { t, useLang } from "@/i18n";
import { keep, kept, typed } from "@/platform";
import { store } from "@/store";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Picture, Price } from "@/ui/parts";

const PAUSE_MS = 180;
const REMEMBERED = 10;

export const lately = store<{ words: string[] }>({ words: kept("searches", []) });

/** Whether words are done with: the Enter that picks a sign out of what an input method offers belongs to the words. */
export const isEntered = (event: KeyboardEvent): boolean => event.key === "Enter" && !event.nativeEvent.isComposing;

/** Search, and remember what was searched for on this device. */
export function searchFor(q: string): void {
  const words = q.trim();
  if (!words) return;
  const all = [words, ...lately.get().words.filter((each) => each !== words)].slice(0, REMEMBERED);
  lately.set({ words: all });
  keep("searches", all);
  go("list", { q: words });
}

export function forgetSearches(): void {
  lately.set({ words: [] });
  keep("searches", []);
}

/** What is suggested to who types, once they pause. */
export function useSuggestions(q: string) {
  const [settled, setSettled] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(q), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [q]);
  const words = settled.trim();
  const found = useReading(words ? `suggest ${words}` : null, () => read("/api/v1/storefront/suggest", { q: words }));
  return words && q.trim() ? found.data : undefined;
}

export function Suggested({ q }: { q: string }) {
  const found = useSuggestions(q);
  if (!found) return null;
  return (
    <div className="suggested">
      {found.words.map((word) => (
        <button key={word.text} className="suggestion" onClick={() => searchFor(word.text)}>
          <Icon name="search" size={16} />
          <span className="grow">{word.text}</span>
          <small className="faint">{t("search.products", { n: word.products })}</small>
        </button>
      ))}
      {found.products.map((card) => (
        <Link key={card.id} to="product" query={{ id: card.id }} className="suggestion">
          <Picture src={card.picture} name={card.name} />
          <span className="grow">{card.name}</span>
          <Price minor={card.price_minor} currency={card.currency} />
        </Link>
      ))}
      {!found.words.length && !found.products.length && <p className="faint">{t("search.none", { q })}</p>}
    </div>
  );
}

/** The search of wide screens: suggestions fall down below it. */
export function SearchBox() {
  useLang();
  const [q, setQ] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const search = () => {
    setIsOpen(false);
    searchFor(q);
  };
  return (
    <div className="search-box" role="search" onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setIsOpen(false)}>
      <Icon name="search" size={18} />
      <input
        value={q}
        aria-label={t("search.placeholder")}
        placeholder={t("search.placeholder")}
        onFocus={() => setIsOpen(true)}
        onInput={(event) => {
          setQ(typed(event));
          setIsOpen(true);
        }}
        onKeyDown={(event: KeyboardEvent) => isEntered(event) && search()}
      />
      <button className="button" onClick={search}>
        {t("search.go")}
      </button>
      {isOpen && q.trim() && (
        <div className="fall" onClick={() => setIsOpen(false)}>
          <Suggested q={q} />
        </div>
      )}
    </div>
  );
}
