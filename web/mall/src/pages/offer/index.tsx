import { useState } from "react";
import { act, read, Refused } from "@/api/client";
import { useOnce } from "@/api/once";
import { useReading } from "@/api/reading";
import { isWhole } from "@/features/AddressForm";
import { Whereto } from "@/features/checkout/Whereto";
import { noWish, type Wish } from "@/features/checkout/wish";
import { NeedsMember } from "@/features/NeedsMember";
import { linkOf, nameOf, offersOf, type Offer } from "@/features/offers";
import { useParams } from "@/features/params";
import { goInstead } from "@/going";
import { money, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { shopper, toast, toastThere } from "@/shopper";
import { Link } from "@/ui/Link";
import { Lines, Picture, Price } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";

/** Ordering by an offer: a group's seat, a bargain's price, a pre-sale's deposit. */
export default function OrderByOffer() {
  useLang();
  return (
    <Shell title={t("offer.title")} className="checkout">
      <NeedsMember>
        <Ordering />
      </NeedsMember>
    </Shell>
  );
}

interface Due {
  name: string;
  minor: number;
  hint: string;
}

/** What it comes to: by the group's tier, the bargain's price, or the deposit. */
function dueOf(offer: Offer | undefined, size: number, bargained: number | undefined, currency: string): Due | undefined {
  if (!offer) return undefined;
  if (offer.kind === "bargain") return bargained === undefined ? undefined : { name: nameOf(offer), minor: bargained, hint: "" };
  if (offer.kind === "presale") return { name: nameOf(offer), minor: offer.deposit_minor, hint: t("offer.presale.worth", { amount: money(offer.worth_minor, currency) }) };
  const tier = [...offer.tiers].sort((a, b) => b.size - a.size).find((each) => each.size <= size);
  return tier && { name: nameOf(offer), minor: tier.price_minor, hint: t("offer.group.size", { n: size }) };
}

function Ordering() {
  const { promotion = "", sku = "", size, group, bargain } = useParams();
  const { mall, customerId } = shopper.use();
  const [wish, setWish] = useState<Wish>(noWish);
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const currency = mall?.currency ?? "CNY";
  const found = useReading(mall && customerId ? `offering ${promotion} ${sku} ${group ?? ""} ${bargain ?? ""}` : null, async () => {
    const [offers, skus, me, seat, cut] = await Promise.all([
      offersOf(mall?.id ?? ""),
      read("/api/v1/storefront/skus", { id: [sku] }),
      read("/api/v1/customer"),
      group ? read("/api/v1/marketing/open-groups/{group_id}", undefined, { group_id: group }) : undefined,
      bargain ? read("/api/v1/marketing/shared-bargains/{bargain_id}", undefined, { bargain_id: bargain }) : undefined,
    ]);
    return { offer: offers.find((each) => each.promotion_id === promotion), goods: skus[0], me, size: seat?.size ?? (Number(size) || 2), price: cut?.bargain.price_minor };
  });
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  if (!found.data || !mall || !customerId) return <Lines count={8} />;
  const { offer, goods, me } = found.data;
  if (!offer || !goods)
    return (
      <Empty title={t("offer.gone")} hint={t("offer.gone.hint")} art="龙井礼盒">
        <Link to={goods ? "product" : "list"} query={goods ? { id: goods.product_id, sku } : {}} className="button">
          {t(goods ? "offer.to_product" : "cart.go_shopping")}
        </Link>
      </Empty>
    );
  const due = dueOf(offer, found.data.size, found.data.price, currency);
  const order = async () => {
    const { code: _, ...receiver } = wish.address;
    const common = { receiver, note: wish.note.trim() };
    const place = async (key: string) => {
      if (bargain) return (await act("marketing.buy_bargain", { bargain_id: bargain, ...common }, key)).order;
      if (group) return (await act("marketing.join_group", { group_id: group, customer_id: customerId, ...common }, key)).order;
      const given = { shop_id: mall.id, promotion_id: promotion, sku_id: sku, customer_id: customerId, ...common };
      if (offer.kind === "presale") return act("marketing.place_presale", given, key);
      return (await act("marketing.open_group", { ...given, size: found.data?.size ?? 2 }, key)).order;
    };
    setIsBusy(true);
    try {
      const placed = await once([promotion, sku, size, group, bargain, common], place);
      goInstead("result", { link: await linkOf(placed.id) });
    } catch (error) {
      const theirs = error instanceof Refused && error.problem.code === "marketing.CustomerInGroup" ? error.problem.data["group_id"] : undefined;
      if (typeof theirs === "string") {
        toastThere(told(error));
        return goInstead("group", { id: theirs });
      }
      toast(told(error));
      setIsBusy(false);
    }
  };
  return (
    <div className="narrow">
      <Whereto wish={wish} change={(part) => setWish((before) => ({ ...before, ...part }))} points={[]} me={me} />
      <section className="card lines">
        <div className="line">
          <span className="thumb">
            <Picture src={goods.card?.picture ?? ""} name={goods.name} />
          </span>
          <span className="grow">
            <span className="line-name">{goods.name}</span>
            <small className="chosen">{goods.choices.join(" · ")}</small>
            {due && (
              <span className="row">
                <span className="badge solid">{due.name}</span>
                <Price minor={due.minor} currency={currency} />
                <small className="faint">{due.hint}</small>
              </span>
            )}
          </span>
        </div>
      </section>
      <button className="button whole" disabled={isBusy || !due || wish.isFinding} onClick={() => (isWhole(wish.address) ? void order() : toast(t("checkout.address_first")))}>
        {t("checkout.place")}
      </button>
    </div>
  );
}
