import type { Facet, Listing } from "@/api/shapes";
import { t } from "@/i18n";

export interface Filters {
  q: string;
  category: string;
  brand: string[];
  price: number[];
  attr: string[];
  inStock: boolean;
  sort: "relevance" | "sales" | "newest" | "price_up" | "price_down";
}

export const noFilters: Filters = { q: "", category: "", brand: [], price: [], attr: [], inStock: false, sort: "relevance" };

export const isFiltered = ({ category, brand, price, attr, inStock }: Filters): boolean =>
  Boolean(category || brand.length || price.length || attr.length || inStock);

type Choose = (change: Partial<Filters>) => void;

/** What a list can be narrowed by, with how many there would be. */
export function Facets({ listing, filters, choose }: { listing: Listing; filters: Filters; choose: Choose }) {
  return (
    <div className="facets">
      {listing.facets.map((facet) => (
        <section key={facet.key}>
          <h3>{facet.label}</h3>
          <div className={facet.key === "category" ? "facet tree" : "facet"}>
            {inTree(facet.values).map((value) => (
              <button
                key={value.value}
                className={`${isChosen(facet, value, filters) ? "on" : ""} ${value.parent ? "below" : ""}`}
                aria-pressed={isChosen(facet, value, filters)}
                onClick={() => choose(changed(facet, value.value, filters))}
              >
                {value.label} <small>{value.count}</small>
              </button>
            ))}
          </div>
        </section>
      ))}
      {isFiltered(filters) && (
        <button className="button quiet whole" onClick={() => choose({ ...noFilters, q: filters.q, sort: filters.sort })}>
          {t("list.reset")}
        </button>
      )}
    </div>
  );
}

/** Those below another one right behind it. */
function inTree(values: Facet["values"]): Facet["values"] {
  const known = new Set(values.map((each) => each.value));
  const below = (parent: string | null): Facet["values"] =>
    values.filter((each) => (each.parent && known.has(each.parent) ? each.parent : null) === parent).flatMap((each) => [each, ...below(each.value)]);
  return below(null);
}

const isChosen = (facet: Facet, value: Facet["values"][number], filters: Filters): boolean =>
  facet.key === "category" ? filters.category === value.value : value.chosen;

const toggled = <V,>(all: V[], one: V): V[] => (all.includes(one) ? all.filter((each) => each !== one) : [...all, one]);

function changed(facet: Facet, value: string, filters: Filters): Partial<Filters> {
  switch (facet.key) {
    case "category":
      return { category: filters.category === value ? "" : value };
    case "brand":
      return { brand: toggled(filters.brand, value) };
    case "price":
      return { price: toggled(filters.price, Number(value)) };
    case "stock":
      return { inStock: !filters.inStock };
    default:
      return { attr: toggled(filters.attr, `${facet.key.replace(/^a:/, "")}:${value}`) };
  }
}
