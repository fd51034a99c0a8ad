import type { PropsWithChildren } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { Card } from "@/api/shapes";
import { landscape } from "@/art/drawing";
import { FlashCard, FlashClock, type salesOf } from "@/features/flash";
import { nameOf, type Offer } from "@/features/offers";
import { t } from "@/i18n";
import { looks } from "@/looks";
import { shopper } from "@/shopper";
import { Icon, type IconName } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Bones, Grid, Picture, Price } from "@/ui/parts";
import { Wrong } from "@/ui/Wrong";

/** So many goods stand in a floor. */
export const FLOOR = 4;
const ICONS: readonly IconName[] = ["leaf", "box", "ticket", "grid", "points", "receipt"];

/** The ways to the categories, and to what is new and what was ordered. */
export function Kinds({ categories, children }: PropsWithChildren<{ categories: readonly { id: string; name: string }[] }>) {
  return (
    <nav className="kinds" aria-label={t("tab.list")}>
      {categories.map((each, n) => (
        <Link key={each.id} to="list" query={{ category: each.id }}>
          <span className="kind">
            <Icon name={ICONS[n % ICONS.length] ?? "leaf"} size={26} />
          </span>
          {each.name}
        </Link>
      ))}
      {children}
    </nav>
  );
}

export function Hero({ card }: { card?: Card }) {
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

export function Floor({ title, hint, query, cards }: { title: string; hint?: string; query: Record<string, string>; cards?: readonly Card[] }) {
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

export function CategoryFloor({ id, name }: { id: string; name: string }) {
  const found = useReading(`floor ${id}`, () => read("/api/v1/storefront/products", { category: id, sort: "sales", limit: FLOOR }));
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  return <Floor title={name} query={{ category: id }} cards={found.data?.items} />;
}

/** Flash sales that are ahead or run; nothing where there are none. The clock is the server's. */
export function FlashFloor({ found }: { found: Awaited<ReturnType<typeof salesOf>> }) {
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
export function OfferFloor({ offers }: { offers: readonly Offer[] }) {
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
