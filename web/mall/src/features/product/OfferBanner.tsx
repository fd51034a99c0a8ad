import { useState } from "react";
import { act, newKey, read, Refused } from "@/api/client";
import { useReading } from "@/api/reading";
import type { Variant } from "@/api/shapes";
import { nameOf, offerFor, offersOf, type Offer } from "@/features/offers";
import { go } from "@/going";
import { day, money, t } from "@/i18n";
import { told } from "@/i18n/errors";
import { shopper, toast } from "@/shopper";
import { Link } from "@/ui/Link";
import { Clock, Price, useSecondsTo } from "@/ui/parts";

/** A group buy, bargain or pre-sale of the goods in sight: its price, its terms, and the way into it. */
export function OfferBanner({ product, variant, currency }: { product: string; variant: Variant; currency: string }) {
  const { mall } = shopper.use();
  const found = useReading(mall ? `offers ${mall.id}` : null, () => offersOf(mall?.id ?? ""));
  const offer = offerFor(found.data, product, variant.sku_id);
  if (!offer) return null;
  return (
    <section className="card offer" aria-label={nameOf(offer)}>
      <h2>
        <span className="badge solid">{t(`offer.${offer.kind}`)}</span> {nameOf(offer)}
      </h2>
      {offer.kind === "group_buy" ? (
        <GroupBuy offer={offer} product={product} sku={variant.sku_id} currency={currency} />
      ) : offer.kind === "bargain" ? (
        <Bargain offer={offer} sku={variant.sku_id} currency={currency} />
      ) : (
        <Presale offer={offer} sku={variant.sku_id} price={variant.price_minor} currency={currency} />
      )}
    </section>
  );
}

type Of<K extends Offer["kind"]> = Extract<Offer, { kind: K }>;

function GroupBuy({ offer, product, sku, currency }: { offer: Of<"group_buy">; product: string; sku: string; currency: string }) {
  const { mall } = shopper.use();
  const open = useReading(mall ? `groups ${product}` : null, () => read("/api/v1/marketing/open-groups", { shop_id: mall?.id ?? "", product_id: product }));
  return (
    <>
      {offer.tiers.map((tier) => (
        <div key={tier.size} className="row item">
          <span className="grow left">
            {t("offer.group.size", { n: tier.size })} <Price minor={tier.price_minor} currency={currency} />
          </span>
          <Link to="offer" query={{ promotion: offer.promotion_id, sku, size: tier.size }} className="button small">
            {t("offer.group.open")}
          </Link>
        </div>
      ))}
      <p className="faint">{t("offer.group.hint", { hours: offer.hours })}</p>
      {open.data?.slice(0, 3).map((group) => (
        <div key={group.id} className="row item">
          <span className="grow left">{t("offer.group.missing", { n: group.seats_left })}</span>
          <Until at={group.closes_at} />
          <Link to="group" query={{ id: group.id }} className="button small quiet">
            {t("offer.group.join")}
          </Link>
        </div>
      ))}
    </>
  );
}

function Bargain({ offer, sku, currency }: { offer: Of<"bargain">; sku: string; currency: string }) {
  const { mall, customerId } = shopper.use();
  const [isBusy, setIsBusy] = useState(false);
  const start = async () => {
    if (!customerId || !mall) return go("login", { back: 1 });
    setIsBusy(true);
    try {
      const made = await act("marketing.start_bargain", { shop_id: mall.id, promotion_id: offer.promotion_id, sku_id: sku, customer_id: customerId }, newKey());
      go("bargain", { id: made.id });
    } catch (error) {
      const running = error instanceof Refused && error.problem.code === "marketing.BargainStarted" ? error.problem.data["bargain_id"] : undefined;
      if (typeof running === "string") go("bargain", { id: running });
      else toast(told(error));
    }
    setIsBusy(false);
  };
  return (
    <div className="row item">
      <span className="grow left">
        {t("offer.bargain.lowest")} <Price minor={offer.lowest_minor} currency={currency} />
        <small className="faint">{t("offer.bargain.hint", { n: offer.helps, hours: offer.hours })}</small>
      </span>
      <button className="button small" disabled={isBusy} onClick={() => void start()}>
        {t("offer.bargain.start")}
      </button>
    </div>
  );
}

function Presale({ offer, sku, price, currency }: { offer: Of<"presale">; sku: string; price?: number | null; currency: string }) {
  return (
    <>
      <div className="row item">
        <span className="grow left">
          {t("offer.presale.deposit")} <Price minor={offer.deposit_minor} currency={currency} />
          <small className="faint">{t("offer.presale.worth", { amount: money(offer.worth_minor, currency) })}</small>
        </span>
        <Link to="offer" query={{ promotion: offer.promotion_id, sku }} className="button small">
          {t("offer.presale.pay")}
        </Link>
      </div>
      <p className="faint">
        {t("offer.presale.window", { from: day(offer.balance_from), until: offer.balance_until ? day(offer.balance_until) : "–" })}
        {price != null && ` ${t("offer.presale.balance", { amount: money(price - offer.worth_minor, currency) })}`}
        {offer.keep_deposit && ` ${t("offer.presale.kept")}`}
      </p>
    </>
  );
}

export function Until({ at }: { at: string }) {
  return <Clock seconds={useSecondsTo(at)} />;
}
