import { FlashFloor, Hero, Kinds, OfferFloor } from "@/features/front";
import { Tickets } from "@/features/Tickets";
import { t } from "@/i18n";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { GoodsCard, Grid, Picture } from "@/ui/parts";
import { Boundary } from "@/ui/Wrong";
import { Banner, Carousel, Zones } from "./Pictures";
import { isPreview } from "./preview";
import { saidIn, type Decorated, type Of, type ShownBlock } from "./reading";
import { Member, Notice, Space, Title, Writing } from "./Words";

/** A page's blocks, one below the other; an error in one leaves the others. */
export function Blocks({ shown }: { shown: Decorated }) {
  return (
    <>
      {shown.page.blocks.map((each) => (
        <Boundary key={each.block.key}>
          {isPreview ? (
            <div data-block={each.block.key} className="edited">
              <Drawn each={each} shown={shown} />
            </div>
          ) : (
            <Drawn each={each} shown={shown} />
          )}
        </Boundary>
      ))}
    </>
  );
}

function Drawn({ each, shown }: { each: ShownBlock; shown: Decorated }) {
  const { block } = each;
  switch (block.kind) {
    case "hero":
      return each.cards?.[0] ? <Hero card={each.cards[0]} /> : null;
    case "banner":
      return <Banner block={block} />;
    case "carousel":
      return <Carousel block={block} />;
    case "notice":
      return <Notice block={block} />;
    case "kinds":
      return <Kinds categories={categoriesOf(block, shown)} />;
    case "coupons":
      return <Tickets known={shown.coupons.slice(0, block.limit ?? 6)} />;
    case "flash":
      return shown.flash ? <FlashFloor found={{ ...shown.flash, sales: shown.flash.sales.slice(0, block.limit ?? 10) }} /> : null;
    case "offers":
      return <OfferFloor offers={shown.offers.filter((offer) => block.kinds?.includes(offer.kind) ?? true).slice(0, block.limit ?? 6)} />;
    case "goods":
      return <Goods block={block} cards={each.cards ?? []} />;
    case "floor":
      return <Floor block={block} each={each} />;
    case "zones":
      return <Zones block={block} />;
    case "text":
      return <Writing block={block} />;
    case "title":
      return <Title block={block} />;
    case "space":
      return <Space block={block} />;
    case "member":
      return <Member />;
  }
}

function categoriesOf(block: Of<"kinds">, { categories }: Decorated) {
  if (!block.categories?.length) return categories.filter((each) => !each.parent);
  return block.categories.flatMap((id) => categories.filter((each) => each.id === id));
}

function Goods({ block, cards }: { block: Of<"goods">; cards: NonNullable<ShownBlock["cards"]> }) {
  const title = saidIn(block.title, block.title_en);
  if (!cards.length) return null;
  return (
    <section className="block floor">
      {title && (
        <header>
          <h2>{title}</h2>
          <span className="grow" />
          {!block.products?.length && (
            <Link to="list" query={{ category: block.category_id, sort: block.sort }}>
              {t("home.more")} <Icon name="next" size={14} />
            </Link>
          )}
        </header>
      )}
      {block.layout === "row" ? (
        <div className="goods-row">
          {cards.map((card) => (
            <GoodsCard key={card.id} card={card} />
          ))}
        </div>
      ) : (
        <Grid cards={cards} />
      )}
    </section>
  );
}

function Floor({ block, each }: { block: Of<"floor">; each: ShownBlock }) {
  const cards = each.cards ?? [];
  if (!cards.length) return null;
  return (
    <section className="block floor">
      <header>
        <h2>{saidIn(block.title, block.title_en) || each.label}</h2>
        <span className="grow" />
        <Link to="list" query={{ category: block.category_id }}>
          {t("home.more")} <Icon name="next" size={14} />
        </Link>
      </header>
      {block.picture && (
        <span className="shot">
          <Picture src={block.picture} name={each.label ?? ""} />
        </span>
      )}
      <Grid cards={cards} />
    </section>
  );
}
