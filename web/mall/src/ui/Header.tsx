import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { FootColumns } from "@/features/footing";
import { SearchBox } from "@/features/SearchBox";
import { t, useLang } from "@/i18n";
import { light, looks, speak } from "@/looks";
import { shopper } from "@/shopper";
import { CartLink } from "./CartLink";
import { Icon } from "./Icon";
import { Link } from "./Link";

/** The categories at the top, for navigation; asked for once and shared by all pages. */
export function useCategories() {
  const { mall } = shopper.use();
  return useReading(mall ? "categories" : null, categories);
}

let asked: { lang: string; answer: Promise<{ id: string; name: string; parent: string | null; count: number }[]> } | undefined;

/** The categories; read once a language. */
export function categories() {
  const { lang } = looks.get();
  if (asked?.lang === lang) return asked.answer;
  const answer = read("/api/v1/storefront/products", { limit: 1 }).then((listing) =>
    (listing.facets.find((facet) => facet.key === "category")?.values ?? []).map((each) => ({
      id: each.value,
      name: each.label,
      parent: each.parent ?? null,
      count: each.count,
    })),
  );
  answer.catch(() => (asked = undefined));
  asked = { lang, answer };
  return answer;
}

/** The head of wide screens. */
export function Header({ tab }: { tab?: string }) {
  useLang();
  const { mall, customerId } = shopper.use();
  const { data } = useCategories();
  return (
    <header className="top wide">
      <div className="top-line">
        <div className="inner">
          <span>{t("top.welcome", { name: mall?.name ?? "" })}</span>
          <span className="grow" />
          <Link to={customerId ? "me" : "login"}>{t(customerId ? "tab.me" : "top.sign_in")}</Link>
          <Link to="orders">{t("me.orders")}</Link>
          <Looks />
        </div>
      </div>
      <div className="inner top-main">
        <Link to="home" className="brand">
          <Mark />
          <span>{mall?.name ?? "\u00a0"}</span>
        </Link>
        <SearchBox />
        <span className="grow" />
        <CartLink isNamed />
      </div>
      <nav className="inner categories" aria-label={t("tab.list")}>
        <Link to="home" className={tab === "home" ? "on" : ""}>
          {t("tab.home")}
        </Link>
        <Link to="list" className={tab === "list" ? "on" : ""}>
          {t("top.all")}
        </Link>
        {data
          ?.filter((each) => !each.parent)
          .map((each) => (
            <Link key={each.id} to="list" query={{ category: each.id }}>
              {each.name}
            </Link>
          ))}
      </nav>
    </header>
  );
}

export const Mark = () => (
  <span className="mark" aria-hidden="true">
    <Icon name="leaf" size={22} />
  </span>
);

/** Language and light, as buttons. */
export function Looks() {
  const { lang, isDark } = looks.use();
  return (
    <span className="row tight">
      <button className="plain small" onClick={() => speak(lang === "en" ? "zh-CN" : "en")}>
        <Icon name="globe" size={16} /> {t("looks.other_language")}
      </button>
      <button className="plain small" onClick={() => light(isDark ? "light" : "dark")}>
        <Icon name="moon" size={16} /> {t(isDark ? "looks.light" : "looks.dark")}
      </button>
    </span>
  );
}

/** What stands below every page of wide screens. */
export function Footer() {
  const { mall } = shopper.use();
  return (
    <footer className="foot wide">
      <div className="inner promises">
        {(["price", "stock", "order", "guest"] as const).map((each) => (
          <div key={each}>
            <Icon name={({ price: "receipt", stock: "box", order: "truck", guest: "user" } as const)[each]} size={30} />
            <span>
              <b>{t(`promise.${each}`)}</b>
              <small>{t(`promise.${each}.more`)}</small>
            </span>
          </div>
        ))}
      </div>
      <FootColumns />
      <div className="inner fine">
        <span>© {new Date().getFullYear()} {mall?.name}</span>
        <a href="/status">{t("foot.status")}</a>
        <a href="/admin/">{t("foot.admin")}</a>
        <a href="/api/docs">{t("foot.api")}</a>
      </div>
    </footer>
  );
}
