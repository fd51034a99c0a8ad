import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { nameOf, offersOf } from "@/features/offers";
import { Until } from "@/features/product/OfferBanner";
import { useNeeded, useParams } from "@/features/params";
import { t, useLang } from "@/i18n";
import { share } from "@/sharing";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Lines, Picture, Price } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const SEATS_SHOWN = 10;

/** A group as whoever it was shared with sees it: how many are missing, for how long, and the way in. */
export default function Group() {
  useLang();
  const { id = "" } = useParams();
  useNeeded(id);
  const { mall } = shopper.use();
  const found = useReading(mall && id ? `group ${id}` : null, async () => {
    const group = await read("/api/v1/marketing/open-groups/{group_id}", undefined, { group_id: id });
    const [skus, offers] = await Promise.all([read("/api/v1/storefront/skus", { id: [group.sku_id] }), offersOf(mall?.id ?? "")]);
    return { group, goods: skus[0], offer: offers.find((each) => each.promotion_id === group.promotion_id) };
  });
  if (!found.data) return <Shell title={t("offer.group_buy")}>{found.error ? <Wrong error={found.error} again={found.again} /> : <Lines count={6} />}</Shell>;
  const { group, goods, offer } = found.data;
  const tier = offer?.kind === "group_buy" ? [...offer.tiers].sort((a, b) => b.size - a.size).find((each) => each.size <= group.size) : undefined;
  const isOpen = group.status === "open" && group.seats_left > 0;
  return (
    <Shell title={t("offer.group_buy")} className="shared">
      <section className="card pay">
        <Link to="product" query={{ id: group.product_id, sku: group.sku_id }} className="shared-goods">
          <span className="frame">
            <Picture src={goods?.card?.picture ?? ""} name={goods?.name ?? ""} isFirst />
          </span>
          <b>{goods?.name}</b>
        </Link>
        {offer && <span className="badge solid">{nameOf(offer)}</span>}
        {tier && <Price minor={tier.price_minor} currency={mall?.currency ?? "CNY"} className="large" />}
        <div className="seats" aria-hidden="true">
          {Array.from({ length: Math.min(group.size, SEATS_SHOWN) }, (_, n) => (
            <i key={n} className={n < group.size - group.seats_left ? "taken-seat" : ""}>
              <Icon name="user" size={20} />
            </i>
          ))}
        </div>
        <h2>{t(group.status === "succeeded" ? "offer.group.done" : group.status === "failed" ? "offer.group.failed" : group.seats_left > 0 ? "offer.group.missing" : "offer.group.paying", { n: group.seats_left })}</h2>
        {isOpen && (
          <>
            <Until at={group.closes_at} />
            <Link to="offer" query={{ promotion: group.promotion_id, sku: group.sku_id, group: group.id }} className="button whole">
              {t("offer.group.join")}
            </Link>
            <button className="button quiet whole" onClick={() => void share(t("offer.group.invite", { name: goods?.name ?? "" }), "group", { id })}>
              {t("offer.invite")}
            </button>
          </>
        )}
        <p className="faint">{t("offer.group.fine")}</p>
      </section>
    </Shell>
  );
}
