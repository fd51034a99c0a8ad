import { useState } from "react";
import { act, read } from "@/api/client";
import { useOnce } from "@/api/once";
import { useReading } from "@/api/reading";
import { Until } from "@/features/product/OfferBanner";
import { useNeeded, useParams } from "@/features/params";
import { go } from "@/going";
import { money, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { share } from "@/sharing";
import { shopper, toast } from "@/shopper";
import { Link } from "@/ui/Link";
import { Lines, Picture, Price } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** A bargain: how far the price has come down, who asks for help, and the way to help or to buy. */
export default function Bargain() {
  useLang();
  const { id = "" } = useParams();
  useNeeded(id);
  const { mall, customerId } = shopper.use();
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const currency = mall?.currency ?? "CNY";
  const found = useReading(mall && id ? `bargain ${id} ${customerId ?? ""}` : null, async () => {
    const shared = await read("/api/v1/marketing/shared-bargains/{bargain_id}", undefined, { bargain_id: id });
    return { shared, goods: (await read("/api/v1/storefront/skus", { id: [shared.bargain.sku_id] }))[0] };
  });
  if (!found.data) return <Shell title={t("offer.bargain")}>{found.error ? <Wrong error={found.error} again={found.again} /> : <Lines count={6} />}</Shell>;
  const { shared, goods } = found.data;
  const { bargain } = shared;
  const done = Math.round(((bargain.list_minor - bargain.price_minor) / Math.max(bargain.list_minor - bargain.lowest_minor, 1)) * 100);
  const help = async () => {
    if (!customerId) return go("login", { back: 1 });
    setIsBusy(true);
    try {
      const helped = await once([id, customerId], (key) => act("marketing.help_bargain", { bargain_id: id, customer_id: customerId }, key));
      toast(t("offer.bargain.helped", { amount: money(helped.cut_minor, currency) }), true);
    } catch (error) {
      toast(told(error));
    }
    setIsBusy(false);
    found.again();
  };
  const isOpen = bargain.status === "open";
  return (
    <Shell title={t("offer.bargain")} className="shared">
      <section className="card pay">
        <Link to="product" query={{ id: goods?.product_id, sku: bargain.sku_id }} className="shared-goods">
          <span className="frame">
            <Picture src={goods?.card?.picture ?? ""} name={goods?.name ?? ""} isFirst />
          </span>
          <b>{goods?.name}</b>
        </Link>
        <Price minor={bargain.price_minor} currency={currency} className="large" />
        <p className="faint">{t("offer.bargain.from", { list: money(bargain.list_minor, currency), lowest: money(bargain.lowest_minor, currency) })}</p>
        <span className="taken" role="img" aria-label={t("offer.bargain.progress", { n: done })}>
          <span style={{ width: `${Math.max(done, 3)}%` }} />
        </span>
        <p>{t("offer.bargain.count", { n: bargain.helps, of: bargain.helps_max })}</p>
        {isOpen && <Until at={bargain.ends_at} />}
        {isOpen && shared.is_own && (
          <>
            <button className="button whole" onClick={() => void share(t("offer.bargain.invite", { name: goods?.name ?? "" }), "bargain", { id })}>
              {t("offer.invite")}
            </button>
            {bargain.helps > 0 && (
              <Link to="offer" query={{ promotion: bargain.promotion_id, sku: bargain.sku_id, bargain: id }} className="button second whole">
                {t("offer.bargain.buy", { amount: money(bargain.price_minor, currency) })}
              </Link>
            )}
          </>
        )}
        {isOpen && !shared.is_own && (
          <button className="button whole" disabled={isBusy || shared.has_helped} onClick={() => void help()}>
            {t(shared.has_helped ? "offer.bargain.has_helped" : "offer.bargain.help")}
          </button>
        )}
        {!isOpen && <h2>{t(bargain.status === "bought" ? "offer.bargain.bought" : "offer.bargain.over")}</h2>}
      </section>
      {shared.cuts.length > 0 && (
        <section className="card">
          <h2>{t("offer.bargain.cuts")}</h2>
          {shared.cuts.map((cut, n) => (
            <div key={n} className="row item">
              <span className="grow left">{t("offer.bargain.friend", { n: n + 1 })}</span>
              <span className="red">−{money(cut, currency)}</span>
            </div>
          ))}
        </section>
      )}
    </Shell>
  );
}
