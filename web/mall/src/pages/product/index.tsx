import { useEffect, useState } from "react";
import { read } from "@/api/client";
import { useOnce } from "@/api/once";
import { useReading } from "@/api/reading";
import type { ProductPage, Variant } from "@/api/shapes";
import { note } from "@/behaviour";
import { Gallery } from "@/features/product/Gallery";
import { Deal } from "@/features/product/Deal";
import { Delivery } from "@/features/product/Delivery";
import { Heart } from "@/features/product/Heart";
import { Details, Questions, Reviews } from "@/features/product/About";
import { OfferBanner } from "@/features/product/OfferBanner";
import { Picker, pickFor, variantOf, type Picked } from "@/features/product/Picker";
import { FlashBanner } from "@/features/flash";
import { useNeeded, useParams } from "@/features/params";
import { go } from "@/going";
import { t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { noteSeen } from "@/seen";
import { putIn, shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { CartLink } from "@/ui/CartLink";
import { Link } from "@/ui/Link";
import { Grid, Lines, pieces, Price, Qty, Struck } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const RELATED = 4;
const FEW = 10;

export default function Product() {
  useLang();
  const { mall } = shopper.use();
  const { id = "", sku } = useParams();
  useNeeded(id);
  const found = useReading(mall && id ? id : null, () => read("/api/v1/storefront/products/{product_id}", {}, { product_id: id }));
  if (found.data) return <Shown product={found.data} wanted={sku} reload={found.again} />;
  return (
    <Shell title={t("product.title")}>
      {found.error ? (
        <Wrong error={found.error} again={found.again} />
      ) : (
        <div className="product">
          <div className="gallery bones">
            <span className="frame" />
          </div>
          <Lines count={6} />
        </div>
      )}
    </Shell>
  );
}

function Shown({ product, wanted, reload }: { product: ProductPage; wanted?: string; reload: () => void }) {
  const [picked, setPicked] = useState<Picked>(() => pickFor(product, wanted));
  const variant = variantOf(product, picked);
  const [qty, setQty] = useState(variant?.min_qty ?? 1);
  const { card } = product;
  useEffect(() => {
    noteSeen(card.id);
    note({ kind: "view", product_id: card.id });
  }, [card.id]);
  const pick = (choice: Picked) => {
    setPicked(choice);
    setQty(variantOf(product, choice)?.min_qty ?? 1);
  };
  const buying = <Buying product={card.id} variant={variant} qty={qty} after={reload} />;
  return (
    <Shell title={card.name} foot={<div className="buy-bar phone">{buying}</div>}>
      <nav className="crumbs wide" aria-label={t("product.crumbs")}>
        <Link to="home">{t("tab.home")}</Link>
        {product.breadcrumbs.map((crumb) => (
          <span key={crumb.id}>
            <Icon name="next" size={12} />
            <Link to="list" query={{ category: crumb.id }}>
              {crumb.name}
            </Link>
          </span>
        ))}
      </nav>
      <div className="product">
        <Gallery product={product} variant={variant} />
        <div className="product-head">
          <FlashBanner variant={variant} currency={card.currency} />
          <div className="card">
            <div className="price-line">
              <Price minor={variant?.price_minor ?? card.price_minor} currency={card.currency} isFrom={!variant && card.price_max_minor > card.price_minor} className="large" />
              <Market variant={variant} product={product} />
              <span className="grow" />
              {card.sales > 0 && <small className="faint">{t("goods.sold", { n: pieces(card.sales) })}</small>}
            </div>
            <h2 className="product-name">{card.name}</h2>
            <Heart id={card.id} name={card.name} />
            {product.description?.summary && <p className="faint">{product.description.summary}</p>}
            <div className="badges">
              {(variant?.badges ?? card.badges).map((badge) => (
                <span key={badge} className="badge">
                  {badge}
                </span>
              ))}
            </div>
          </div>
          <div className="card">
            <Picker product={product} picked={picked} pick={pick} />
            <div className="row option">
              <span className="label">{t("product.qty")}</span>
              <Qty qty={qty} least={variant?.min_qty ?? 1} step={variant?.qty_step ?? 1} most={most(variant)} set={setQty} />
              <small className="faint">{stockOf(variant)}</small>
            </div>
          </div>
          {variant && <OfferBanner product={card.id} variant={variant} currency={card.currency} />}
          {variant && <Deal variant={variant} qty={qty} />}
          {variant && <Delivery variant={variant} qty={qty} />}
          <div className="buy-line wide">{buying}</div>
        </div>
      </div>
      <div className="product-about">
        <Details product={product} />
        <Reviews product={product} />
        <Questions product={product} />
      </div>
      {product.related.length > 0 && (
        <section className="floor">
          <header>
            <h2>{t("product.related")}</h2>
          </header>
          <Grid cards={product.related.slice(0, RELATED)} />
        </section>
      )}
    </Shell>
  );
}

function Market({ variant, product }: { variant?: Variant; product: ProductPage }) {
  const price = variant?.price_minor ?? product.card.price_minor;
  const market = variant ? variant.market_minor : product.card.market_minor;
  return market != null && market > price ? <Struck minor={market} currency={product.card.currency} /> : null;
}

function most(variant?: Variant): number | null {
  const limits = [variant?.available, variant?.max_qty].filter((each): each is number => each != null);
  return limits.length ? Math.min(...limits) : null;
}

function stockOf(variant?: Variant): string {
  if (!variant) return t("product.choose_first");
  if (!variant.in_stock) return t("goods.gone");
  if (variant.available == null || variant.available > FEW) return t("product.in_stock");
  return t("product.left", { n: variant.available });
}

/** Into the cart, or to the checkout at once. One key an intention: a double tap puts in once. */
function Buying({ product, variant, qty, after }: { product: string; variant?: Variant; qty: number; after: () => void }) {
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const canBuy = Boolean(variant?.in_stock);
  const put = async () => {
    if (!variant) return toast(t("product.choose_first"));
    setIsBusy(true);
    try {
      await once([variant.sku_id, qty], (key) => putIn(variant.sku_id, qty, key));
      note({ kind: "add", product_id: product });
      toast(t("cart.put_in"), true);
    } catch (error) {
      toast(told(error));
      after();
    }
    setIsBusy(false);
  };
  const buy = () => {
    if (!variant) return toast(t("product.choose_first"));
    note({ kind: "buy", product_id: product });
    go("checkout", { sku: variant.sku_id, qty });
  };
  return (
    <>
      <span className="phone">
        <CartLink />
      </span>
      <button className="button second" disabled={isBusy || (variant && !canBuy)} onClick={() => void put()}>
        {t("product.to_cart")}
      </button>
      <button className="button" disabled={variant && !canBuy} onClick={buy}>
        {t("product.buy")}
      </button>
    </>
  );
}
