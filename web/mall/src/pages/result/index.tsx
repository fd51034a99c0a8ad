import { useState } from "react";
import { ask, read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { FoundOrder } from "@/api/shapes";
import { wayOf } from "@/features/checkout/Choosing";
import { Pay } from "@/features/order/Pay";
import { isWaiting, useLooks } from "@/features/order/waiting";
import { useNeeded, useParams } from "@/features/params";
import { t, useLang } from "@/i18n";
import { copy, wholeAddress } from "@/sharing";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Clock, Grid, Lines, Price, useSecondsTo } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const NO_PAGE = ["on_delivery", "on_account", "later", ""];

/** The order just placed: pay it, and see by itself that it is paid. */
export default function Result() {
  useLang();
  const { mall } = shopper.use();
  const { link = "", method = "" } = useParams();
  useNeeded(link);
  const order = useReading(mall && link ? link : null, () => read("/api/v1/checkout/order", { link }));
  const isDue = order.data ? isWaiting(order.data) && !["on_delivery", "on_account"].includes(method) : false;
  useLooks(isDue, order.again);
  return (
    <Shell title={t("result.title")} className="result">
      {order.data ? (
        isDue ? (
          <Due order={order.data} method={method} />
        ) : (
          <Done order={order.data} />
        )
      ) : order.error ? (
        <Wrong error={order.error} again={order.again} />
      ) : (
        <Lines count={5} />
      )}
    </Shell>
  );
}

function Due({ order, method }: { order: FoundOrder; method: string }) {
  const [chosen, setChosen] = useState(NO_PAGE.includes(method) ? "" : method);
  const offered = useReading(`ways ${order.order_id}`, () => waysFor(order));
  return (
    <section className="card pay">
      <p className="faint">{t("result.placed", { number: order.number })}</p>
      <Price minor={order.due_minor} currency={order.currency} className="large" />
      {order.expires_at && <Left until={order.expires_at} />}
      {!chosen && offered.error && <Wrong error={offered.error} again={offered.again} />}
      {!chosen && offered.data && (
        <div className="ways">
          {offered.data.map((way) => (
            <button key={way} className={`way ${way}`} onClick={() => setChosen(way)}>
              <i className="way-mark" />
              <span className="grow left">{wayOf(way)}</span>
              <Icon name="next" size={14} />
            </button>
          ))}
        </div>
      )}
      {chosen && <Pay link={order.link} method={chosen} amount={order.due_minor} currency={order.currency} other={() => setChosen("")} />}
      <div className="row center">
        <Link to="order" query={{ link: order.link }} className="under faint">
          {t("result.see_order")}
        </Link>
        <button className="plain under faint" onClick={() => void copy(wholeAddress("friend", { link: order.pay_link }), t("order.friend.copied"))}>
          {t("order.friend")}
        </button>
      </div>
    </section>
  );
}

/** The ways that lead to a payment page. */
async function waysFor(order: FoundOrder): Promise<string[]> {
  const line = order.lines.find((each) => each.sku_id);
  const { mall } = shopper.get();
  if (!line?.sku_id || !mall) return [];
  const quote = await ask("/api/v1/checkout/quote", { shop_id: mall.id, lines: [{ sku_id: line.sku_id, qty: line.qty }] });
  return quote.methods.filter((each) => !NO_PAGE.includes(each));
}

function Left({ until }: { until: string }) {
  const seconds = useSecondsTo(until);
  return (
    <p className="row center">
      <span className="faint">{t("result.pay_within")}</span> <Clock seconds={seconds} />
    </p>
  );
}

function Done({ order }: { order: FoundOrder }) {
  const isCanceled = order.status === "canceled";
  const isPaid = order.payment_status === "paid";
  const hot = useReading("popular", () => read("/api/v1/storefront/products", { sort: "sales", limit: 4 }));
  return (
    <>
      <section className="card pay">
        <span className={`seal ${isCanceled ? "bad" : ""}`}>
          <Icon name={isCanceled ? "close" : "check"} size={40} />
        </span>
        <h2>{t(isCanceled ? "result.canceled" : isPaid ? "result.paid" : "result.ordered")}</h2>
        <p className="faint">{t(isCanceled ? "result.canceled.hint" : "result.paid.hint", { number: order.number })}</p>
        {isPaid && <Price minor={order.paid_minor} currency={order.currency} className="large" />}
        <div className="row center">
          <Link to="order" query={{ link: order.link }} className="button">
            {t("result.see_order")}
          </Link>
          <Link to="home" className="button quiet">
            {t("result.go_on")}
          </Link>
        </div>
      </section>
      {hot.data && (
        <section className="floor">
          <header>
            <h2>{t("search.popular")}</h2>
          </header>
          <Grid cards={hot.data.items} />
        </section>
      )}
    </>
  );
}
