import { read } from "@/api/client";
import { answerConsent, consent } from "@/behaviour";
import { useReading } from "@/api/reading";
import type { Card } from "@/api/shapes";
import { landscape } from "@/art/drawing";
import { FlashCard, FlashClock, salesOf } from "@/features/flash";
import { nameOf, offersOf, type Offer } from "@/features/offers";
import { Tickets } from "@/features/Tickets";
import { t, useLang } from "@/i18n";
import { looks } from "@/looks";
import { shopper } from "@/shopper";
import { categories, Looks, Mark } from "@/ui/Header";
import { Icon, type IconName } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Bones, Grid, Picture, Price } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const FLOOR = 4;
const ICONS: readonly IconName[] = ["leaf", "box", "ticket", "grid", "points", "receipt"];

export default function Home() {
  useLang();
  const { mall } = shopper.use();
  const found = useReading(mall ? `home ${mall.id}` : null, () => everything(mall?.id ?? ""));
  const shown = found.data;
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
          <Hero card={shown.hot[0]} />
          <nav className="kinds" aria-label={t("tab.list")}>
            {shown.categories.map((each, n) => (
              <Link key={each.id} to="list" query={{ category: each.id }}>
                <span className="kind">
                  <Icon name={ICONS[n % ICONS.length] ?? "leaf"} size={26} />
                </span>
                {each.name}
              </Link>
            ))}
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
          </nav>
          {shown.flash && <Flash found={shown.flash} />}
          <Tickets known={shown.coupons} />
          <Offers offers={shown.offers} />
          <Floor title={t("home.hot")} hint={t("home.hot.more")} query={{ sort: "sales" }} cards={shown.hot} />
          <Floor title={t("home.fresh")} hint={t("home.fresh.more")} query={{ sort: "newest" }} cards={shown.fresh} />
          {shown.categories.map((each) => (
            <CategoryFloor key={each.id} id={each.id} name={each.name} />
          ))}
          <Consent />
          <p className="faint end">{t("list.all_shown")}</p>
        </>
      )}
    </Shell>
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

function Hero({ card }: { card?: Card }) {
  const { isDark } = looks.use();
  return (
    <section className="hero" style={{ backgroundImage: `url("${landscape(isDark)}")` }}>
      <div className="hero-words">
        <small>{t("home.hero.over")}</small>
        <h2>{card?.name ?? "\u00a0"}</h2>
        {card && (
          <>
            <p>{card.badges[0] ?? t("home.hero.more")}</p>
            <div className="row">
              <Link to="product" query={{ id: card.id }} className="button">
                {t("home.hero.go")}
              </Link>
              <Price minor={card.price_minor} currency={card.currency} isFrom={card.price_max_minor > card.price_minor} />
            </div>
          </>
        )}
      </div>
      {card && (
        <Link to="product" query={{ id: card.id }} className="hero-picture" label={card.name}>
          <Picture src={card.picture} name={card.name} isFirst />
        </Link>
      )}
    </section>
  );
}

function Floor({ title, hint, query, cards }: { title: string; hint?: string; query: Record<string, string>; cards?: readonly Card[] }) {
  return (
    <section className="floor">
      <header>
        <h2>{title}</h2>
        {hint && <span className="faint">{hint}</span>}
        <span className="grow" />
        <Link to="list" query={query}>
          {t("home.more")} <Icon name="next" size={14} />
        </Link>
      </header>
      {cards ? <Grid cards={cards} /> : <Bones cards={FLOOR} />}
    </section>
  );
}

function CategoryFloor({ id, name }: { id: string; name: string }) {
  const found = useReading(`floor ${id}`, () => read("/api/v1/storefront/products", { category: id, sort: "sales", limit: FLOOR }));
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  return <Floor title={name} query={{ category: id }} cards={found.data?.items} />;
}

/** Flash sales that are ahead or run; nothing where there are none. The clock is the server's. */
function Flash({ found }: { found: Awaited<ReturnType<typeof salesOf>> }) {
  const first = found.sales[0]?.sale;
  if (!first) return null;
  return (
    <section className="floor flash">
      <header>
        <h2>{t("home.flash")}</h2>
        <FlashClock sale={first} aheadMs={found.aheadMs} />
        <span className="grow" />
        <Link to="flash">
          {t("home.more")} <Icon name="next" size={14} />
        </Link>
      </header>
      <div className="flash-row">
        {found.sales.map((each) => (
          <FlashCard key={each.sale.promotion_id} {...each} />
        ))}
      </div>
    </section>
  );
}

/** One card for each group buy, bargain and pre-sale that runs; nothing where there are none. */
function Offers({ offers }: { offers: readonly Offer[] }) {
  const named = offers.filter((each) => each.products[0]);
  if (!named.length) return null;
  return (
    <section className="floor">
      <header>
        <h2>{t("home.offers")}</h2>
        <span className="faint">{t("home.offers.more")}</span>
      </header>
      <div className="offer-row">
        {named.map((each) => (
          <OfferCard key={each.promotion_id} offer={each} />
        ))}
      </div>
    </section>
  );
}

function OfferCard({ offer }: { offer: Offer }) {
  const { mall } = shopper.use();
  const id = offer.products[0] ?? "";
  const found = useReading(`offer ${id}`, () => read("/api/v1/storefront/products/{product_id}", {}, { product_id: id }));
  const minor = offer.kind === "group_buy" ? Math.min(...offer.tiers.map((tier) => tier.price_minor)) : offer.kind === "bargain" ? offer.lowest_minor : offer.deposit_minor;
  return (
    <Link to="product" query={{ id }} className="offer-card card">
      <span className="thumb">
        <Picture src={found.data?.card.picture ?? ""} name={found.data?.card.name ?? ""} />
      </span>
      <span className="grow">
        <b>{nameOf(offer)}</b>
        <span className="row">
          <span className="badge solid">{t(`offer.${offer.kind}`)}</span>
          <Price minor={minor} currency={mall?.currency ?? "CNY"} />
        </span>
      </span>
    </Link>
  );
}
