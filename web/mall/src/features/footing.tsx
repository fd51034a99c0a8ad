import { read, type Answer } from "@/api/client";
import { useReading } from "@/api/reading";
import { t, useLang } from "@/i18n";
import { looks } from "@/looks";
import { shopper } from "@/shopper";
import { Link } from "@/ui/Link";

type FootPage = Answer<"/api/v1/storefront/foot">["pages"][number];
const GROUPS: readonly FootPage["group"][] = ["buying", "service", "about"];

let asked: Promise<readonly FootPage[]> | undefined;

/** The pages of words that stand in the foot; asked for once and shared by all pages. */
function footPages(): Promise<readonly FootPage[]> {
  asked ??= read("/api/v1/storefront/foot").then(({ pages }) => pages);
  asked.catch(() => (asked = undefined));
  return asked;
}

/** Delivery, returns, privacy and the like, as the shop has published them; none while they are on their way. */
export function useFoot(): readonly FootPage[] {
  useLang();
  const { mall } = shopper.use();
  return useReading(mall ? "foot" : null, footPages).data ?? [];
}

const nameOf = (page: FootPage): string => (looks.get().lang === "en" && page.title_en) || page.title;

/** The pages by what they are about, as columns. */
export function FootColumns() {
  const pages = useFoot();
  if (!pages.length) return null;
  return (
    <nav className="inner foot-columns" aria-label={t("foot.pages")}>
      {GROUPS.map((group) => {
        const mine = pages.filter((each) => each.group === group);
        if (!mine.length) return null;
        return (
          <div key={group}>
            <b>{t(`foot.${group}`)}</b>
            {mine.map((each) => (
              <Link key={each.slug} to="page" query={{ slug: each.slug }}>
                {nameOf(each)}
              </Link>
            ))}
          </div>
        );
      })}
    </nav>
  );
}

/** The pages as a line of links, at the end of a phone's page. */
export function FootLine() {
  const pages = useFoot();
  if (!pages.length) return null;
  return (
    <nav className="foot-line phone" aria-label={t("foot.pages")}>
      {pages.map((each) => (
        <Link key={each.slug} to="page" query={{ slug: each.slug }}>
          {nameOf(each)}
        </Link>
      ))}
    </nav>
  );
}

/** The pages beside one of them, on wide screens. */
export function Beside({ slug }: { slug: string }) {
  const pages = useFoot();
  return (
    <nav className="card beside wide" aria-label={t("foot.pages")}>
      {pages.map((each) => (
        <Link key={each.slug} to="page" query={{ slug: each.slug }} className={each.slug === slug ? "on" : ""} isCurrent={each.slug === slug}>
          {nameOf(each)}
        </Link>
      ))}
    </nav>
  );
}

/** What somebody agrees to who signs in or orders, where the shop has published it. */
export function Agreed() {
  const pages = useFoot().filter((each) => each.slug === "terms" || each.slug === "privacy");
  if (!pages.length) return null;
  return (
    <p className="faint agreed">
      {t("foot.agreed")}{" "}
      {pages.map((each) => (
        <Link key={each.slug} to="page" query={{ slug: each.slug }}>
          {t("foot.quoted", { title: nameOf(each) })}
        </Link>
      ))}
    </p>
  );
}
