import { useReachBottom } from "@tarojs/taro";
import { useEffect, useRef, useState } from "react";
import { read, type Refused } from "@/api/client";
import { note } from "@/behaviour";
import { useReading } from "@/api/reading";
import type { Card, Listing } from "@/api/shapes";
import { Facets, isFiltered, noFilters, type Filters } from "@/features/Facets";
import { useParams } from "@/features/params";
import { searchFor } from "@/features/SearchBox";
import { addressOf } from "@/going";
import { t, useLang } from "@/i18n";
import { isBrowser } from "@/platform";
import { Icon } from "@/ui/Icon";
import { CartLink } from "@/ui/CartLink";
import { Link } from "@/ui/Link";
import { Bones, Grid, Sheet } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";

const PAGE = 24;
const SORTS = ["relevance", "sales", "newest", "price_up", "price_down"] as const;

/** The filters of an address; none of one that was cut off or made up. */
function chosenOf(f: string): Partial<Filters> {
  try {
    const { brand, price, attr, inStock } = JSON.parse(f || "{}") as Partial<Filters>;
    return { brand: [brand ?? []].flat(), price: [price ?? []].flat(), attr: [attr ?? []].flat(), inStock: inStock === true };
  } catch {
    return {};
  }
}

function given(params: Record<string, string>): Filters {
  const more = chosenOf(params["f"] ?? "");
  const sort = SORTS.find((each) => each === params["sort"]) ?? "relevance";
  return { ...noFilters, ...more, q: params["q"] ?? "", category: params["category"] ?? "", sort };
}

/** What was chosen stands in the address, so that a reload and a copied link show the same. */
function write({ q, category, sort, ...more }: Filters): void {
  if (!isBrowser) return;
  const chosen = Object.fromEntries(Object.entries(more).filter(([, value]) => (Array.isArray(value) ? value.length : value)));
  const f = Object.keys(chosen).length ? JSON.stringify(chosen) : "";
  window.history.replaceState(window.history.state, "", addressOf("list", { q, category, sort: sort === "relevance" ? "" : sort, f }));
}

const ask = ({ q, category, brand, price, attr, inStock, sort }: Filters, cursor?: string): Promise<Listing> =>
  read("/api/v1/storefront/products", { q, category: category || null, brand, price, attr, in_stock: inStock, sort, limit: PAGE, cursor: cursor ?? null });

export default function List() {
  useLang();
  const [filters, setFilters] = useState(given(useParams()));
  const [isFiltering, setIsFiltering] = useState(false);
  const about = JSON.stringify(filters);
  const first = useReading(about, () => ask(filters));
  const more = useMore(first.data, filters);
  const choose = (change: Partial<Filters>) => {
    const next = { ...filters, ...change };
    setFilters(next);
    write(next);
  };
  const listing = first.data;
  useEffect(() => {
    if (filters.q) note({ kind: "search", words: filters.q });
  }, [filters.q]);
  const cards = listing ? [...listing.items, ...more.cards] : [];
  const head = <Head q={filters.q} />;
  return (
    <Shell title={filters.q || t("tab.list")} tab="list" head={head} className="list">
      <div className="with-aside">
        <aside className="wide">{listing && (listing.facets.length > 0 || isFiltered(filters)) && <Facets listing={listing} filters={filters} choose={choose} />}</aside>
        <div className={first.isOld && listing ? "fading" : ""}>
          <div className="sorts">
            {SORTS.map((sort) => (
              <button key={sort} className={sort === filters.sort ? "on" : ""} aria-pressed={sort === filters.sort} onClick={() => choose({ sort })}>
                {t(`sort.${sort}`)}
              </button>
            ))}
            <span className="grow" />
            <span className="faint wide">{listing && t(listing.total.exact ? "list.total" : "list.about", { n: listing.total.count })}</span>
            <button className={`phone ${isFiltered(filters) ? "on" : ""}`} onClick={() => setIsFiltering(true)}>
              <Icon name="filter" size={16} /> {t("list.filter")}
            </button>
          </div>
          {listing?.corrected && <p className="note">{t("list.corrected", { q: filters.q, words: listing.corrected })}</p>}
          {first.error ? (
            <Wrong error={first.error} again={first.again} />
          ) : !listing ? (
            <Bones cards={8} />
          ) : cards.length ? (
            <>
              <Grid cards={cards} />
              <End more={more} next={more.next} />
            </>
          ) : (
            <Nothing listing={listing} reset={() => choose(noFilters)} />
          )}
        </div>
      </div>
      {isFiltering && listing && (
        <Sheet title={t("list.filter")} close={() => setIsFiltering(false)}>
          <Facets listing={listing} filters={filters} choose={choose} />
          <button className="button whole" onClick={() => setIsFiltering(false)}>
            {t("list.show", { n: listing.total.count })}
          </button>
        </Sheet>
      )}
    </Shell>
  );
}

function Head({ q }: { q: string }) {
  return (
    <div className="bar phone">
      <Link to="search" className="search-pill">
        <Icon name="search" size={18} /> {q || t("search.placeholder")}
      </Link>
      <CartLink />
    </div>
  );
}

interface More {
  cards: readonly Card[];
  next: string | null;
  isLoading: boolean;
  error?: Refused;
  load: () => void;
}

/** The pages behind the first; they begin anew with it. */
function useMore(first: Listing | undefined, filters: Filters): More {
  const [state, setState] = useState<{ of?: Listing; cards: readonly Card[]; next: string | null; isLoading: boolean; error?: Refused }>({ cards: [], next: null, isLoading: false });
  const newest = useRef(first);
  newest.current = first;
  useEffect(() => setState({ of: first, cards: [], next: first?.next ?? null, isLoading: false }), [first]);
  const load = () => {
    if (state.isLoading || !state.next) return;
    setState((before) => ({ ...before, isLoading: true, error: undefined }));
    const wanted = first;
    const isStill = () => newest.current === wanted;
    ask(filters, state.next).then(
      (page) => isStill() && setState((before) => ({ ...before, cards: [...before.cards, ...page.items], next: page.next ?? null, isLoading: false })),
      (error: Refused) => isStill() && setState((before) => ({ ...before, isLoading: false, error })),
    );
  };
  useReachBottom(load);
  return { ...state, load };
}

function End({ more, next }: { more: More; next: string | null }) {
  if (more.error) return <Wrong error={more.error} again={more.load} />;
  if (!next) return <p className="faint end">{t("list.all_shown")}</p>;
  return (
    <p className="end">
      <button className="button quiet" disabled={more.isLoading} onClick={more.load}>
        {t(more.isLoading ? "list.loading" : "list.more")}
      </button>
    </p>
  );
}

function Nothing({ listing, reset }: { listing: Listing; reset: () => void }) {
  return (
    <>
      <Empty title={t("list.none")} hint={t("list.none.hint")} art="竹制茶盘">
        <button className="button" onClick={reset}>
          {t("list.reset")}
        </button>
      </Empty>
      <div className="chips center">
        {[...(listing.did_you_mean ?? []), ...(listing.help?.words ?? [])].map((word) => (
          <button key={word} className="chip" onClick={() => searchFor(word)}>
            {word}
          </button>
        ))}
      </div>
      {listing.help && listing.help.popular.length > 0 && (
        <section className="floor">
          <header>
            <h2>{t("search.popular")}</h2>
          </header>
          <Grid cards={listing.help.popular} />
        </section>
      )}
    </>
  );
}
