import { read } from "@/api/client";
import { answerConsent, consent } from "@/behaviour";
import { useReading } from "@/api/reading";
import { Blocks } from "@/features/blocks/Blocks";
import { decorated, useTurns } from "@/features/blocks/reading";
import { salesOf } from "@/features/flash";
import { CategoryFloor, FLOOR, FlashFloor, Floor, Hero, Kinds, OfferFloor } from "@/features/front";
import { offersOf } from "@/features/offers";
import { Tickets } from "@/features/Tickets";
import { t, useLang } from "@/i18n";
import { shopper } from "@/shopper";
import { categories, Looks, Mark } from "@/ui/Header";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Bones } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** The page that the shop has published as its first one; without that, what every mall has. */
export default function Home() {
  useLang();
  const { mall, customerId } = shopper.use();
  const found = useReading(mall ? `home ${mall.id} ${customerId ?? ""}` : null, () => first(mall?.id ?? "", !!customerId));
  const shown = found.data;
  useTurns(shown?.decorated, found.again);
  return (
    <Shell title="" tab="home" head={<Head />} className="home">
      {found.error ? (
        <Wrong error={found.error} again={found.again} />
      ) : !shown ? (
        <>
          <Hero />
          <Bones />
        </>
      ) : (
        <>
          {shown.decorated && <Blocks shown={shown.decorated} />}
          {shown.usual && <Usual shown={shown.usual} />}
          <Consent />
          <p className="faint end">{t("list.all_shown")}</p>
        </>
      )}
    </Shell>
  );
}

async function first(shop: string, isMember: boolean) {
  const found = await decorated("home", shop, isMember);
  return found.page.version ? { decorated: found } : { usual: await everything(shop) };
}

function Usual({ shown }: { shown: Awaited<ReturnType<typeof everything>> }) {
  return (
    <>
      <Hero card={shown.hot[0]} />
      <Kinds categories={shown.categories}>
        <Link to="list" query={{ sort: "newest" }}>
          <span className="kind">
            <Icon name="clock" size={26} />
          </span>
          {t("home.fresh")}
        </Link>
        <Link to="orders">
          <span className="kind">
            <Icon name="truck" size={26} />
          </span>
          {t("me.orders")}
        </Link>
      </Kinds>
      {shown.flash && <FlashFloor found={shown.flash} />}
      <Tickets known={shown.coupons} />
      <OfferFloor offers={shown.offers} />
      <Floor title={t("home.hot")} hint={t("home.hot.more")} query={{ sort: "sales" }} cards={shown.hot} />
      <Floor title={t("home.fresh")} hint={t("home.fresh.more")} query={{ sort: "newest" }} cards={shown.fresh} />
      {shown.categories.map((each) => (
        <CategoryFloor key={each.id} id={each.id} name={each.name} />
      ))}
    </>
  );
}

/** Asked once, without standing in anybody's way; nothing is counted before the answer. */
function Consent() {
  const { answer } = consent.use();
  if (answer) return null;
  return (
    <section className="card row consent" aria-label={t("consent.title")}>
      <span className="grow">
        <b>{t("consent.title")}</b>
        <small className="faint">{t("consent.hint")}</small>
      </span>
      <button className="button small quiet" onClick={() => answerConsent("no")}>
        {t("consent.no")}
      </button>
      <button className="button small" onClick={() => answerConsent("yes")}>
        {t("consent.yes")}
      </button>
    </section>
  );
}

/** All that stands above the category floors, at once: a page that is built up piece by piece jumps. */
async function everything(shop: string) {
  const none = () => undefined;
  const [hot, fresh, flash, coupons, offers, all] = await Promise.all([
    read("/api/v1/storefront/products", { sort: "sales", limit: FLOOR * 2 }),
    read("/api/v1/storefront/products", { sort: "newest", limit: FLOOR }),
    salesOf(shop).catch(none),
    read("/api/v1/coupons/open", { shop_id: shop }).catch(none),
    offersOf(shop).catch(none),
    categories().catch(none),
  ]);
  return { hot: hot.items, fresh: fresh.items, flash, coupons: coupons ?? [], offers: offers ?? [], categories: all?.filter((each) => !each.parent) ?? [] };
}

function Head() {
  const { mall } = shopper.use();
  return (
    <div className="home-head phone">
      <div className="row">
        <Mark />
        <h1>{mall?.name ?? "\u00a0"}</h1>
        <span className="grow" />
        <Looks />
      </div>
      <Link to="search" className="search-pill">
        <Icon name="search" size={18} /> {t("search.placeholder")}
      </Link>
    </div>
  );
}

