import { useDidShow } from "@tarojs/taro";
import { useState } from "react";
import { newKey, read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { FoundOrder } from "@/api/shapes";
import { Doings } from "@/features/order/Doings";
import { Parcels } from "@/features/order/Track";
import { isWaiting, useLooks } from "@/features/order/waiting";
import { useNeeded, useParams } from "@/features/params";
import { useSkus } from "@/features/skus";
import { go } from "@/going";
import { moment, money, t, useLang, type Key } from "@/i18n";
import { putIn, shopper, toast, toastThere } from "@/shopper";
import { told } from "@/i18n/errors";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Lines, Picture, Price } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Old, Wrong } from "@/ui/Wrong";

const STEPS = ["placed", "paid", "shipped", "signed"] as const;

/** What orders call the charge of freight, whatever language is read. */
const FREIGHT = "运费";

/** One order, for whoever holds its link: how far it is, its parcels, goods and money. */
export default function Order() {
  useLang();
  const { mall } = shopper.use();
  const { link = "", id = "" } = useParams();
  useNeeded(link, id);
  const found = useReading(mall ? link || id : null, () => (link ? read("/api/v1/checkout/order", { link }) : read("/api/v1/checkout/orders/{order_id}", undefined, { order_id: id })));
  useDidShow(() => found.data && found.again());
  const order = found.data;
  useLooks(order ? isWaiting(order) : false, found.again);
  return (
    <Shell title={t("order.title")} className="order">
      {order && <Old error={found.error} again={found.again} />}
      {order ? <Shown order={order} again={found.again} /> : found.error ? <Wrong error={found.error} again={found.again} /> : <Lines count={8} />}
    </Shell>
  );
}

export function stageOf(order: Pick<FoundOrder, "status" | "payment_status">): Key {
  if (order.status === "placed") return order.payment_status === "paid" ? "stage.paid" : order.payment_status === "part_paid" ? "stage.part_paid" : "stage.placed";
  return `stage.${order.status}`;
}

function Shown({ order, again }: { order: FoundOrder; again: () => void }) {
  return (
    <>
      <section className="card state">
        <h2>{t(stageOf(order))}</h2>
        <p className="faint">{t(`${stageOf(order)}.hint` as Key)}</p>
        {order.status !== "canceled" && <Steps order={order} />}
        {isWaiting(order) && (
          <Link to="result" query={{ link: order.link }} className="button">
            {t("order.pay", { amount: money(order.due_minor, order.currency) })}
          </Link>
        )}
        {order.balance_from && order.status === "placed" && order.payment_status !== "paid" && (
          <p className="hint">{t("offer.presale.window", { from: moment(order.balance_from), until: order.balance_until ? moment(order.balance_until) : "–" })}</p>
        )}
        <Doings order={order} again={again} />
      </section>
      <div className="two-columns">
        <div>
          <Parcels order={order} />
          <Goods order={order} />
        </div>
        <aside>
          <section className="card">
            <h2>{t(order.delivery.kind === "pickup" ? "checkout.pickup" : "order.receiver")}</h2>
            <p>{order.receiver}</p>
          </section>
          <section className="card">
            <h2>{t("order.facts")}</h2>
            <dl className="totals">
              <dt>{t("order.number")}</dt>
              <dd>{order.number}</dd>
              <dt>{t("order.placed_at")}</dt>
              <dd>{moment(order.placed_at)}</dd>
              <dt>{t("order.total")}</dt>
              <dd>{money(order.total_minor, order.currency)}</dd>
              <dt>{t("order.paid")}</dt>
              <dd>{money(order.paid_minor, order.currency)}</dd>
              {order.refunded_minor > 0 && (
                <>
                  <dt>{t("order.refunded")}</dt>
                  <dd>{money(order.refunded_minor, order.currency)}</dd>
                </>
              )}
            </dl>
          </section>
        </aside>
      </div>
    </>
  );
}

function Steps({ order }: { order: FoundOrder }) {
  const reached = order.status === "signed" ? 4 : order.status === "shipped" || order.status === "part_shipped" ? 3 : order.payment_status === "paid" ? 2 : 1;
  return (
    <ol className="steps">
      {STEPS.map((step, n) => (
        <li key={step} className={n < reached ? "done" : ""} aria-current={n === reached - 1 ? "step" : undefined}>
          <i>{n < reached && <Icon name="check" size={12} />}</i>
          {t(`step.${step}`)}
        </li>
      ))}
    </ol>
  );
}

function Goods({ order }: { order: FoundOrder }) {
  const goods = order.lines.filter((line) => line.sku_id);
  const { skuOf } = useSkus(goods);
  const [isBusy, setIsBusy] = useState(false);
  // What is sold out or gone keeps the rest of the order from nothing.
  const again = async () => {
    setIsBusy(true);
    const put = await inTurn(goods.map((line) => () => putIn(line.sku_id ?? "", line.qty, newKey())));
    setIsBusy(false);
    const refused = put.filter((each) => each !== undefined);
    if (refused.length && refused.length === goods.length) return toast(told(refused[0]));
    if (refused.length) toastThere(t("order.again.some", { n: refused.length }));
    go("cart");
  };
  return (
    <section className="card lines">
      <h2>{t("order.goods")}</h2>
      {order.lines.map((line, n) => {
        const sku = skuOf(line);
        if (!line.sku_id)
          return (
            <div key={n} className="row faint charge">
              <span className="grow">{line.title === FREIGHT ? t("totals.freight") : line.title}</span>
              {money(line.amount_minor, order.currency)}
            </div>
          );
        return (
          <Link key={n} to="product" query={{ id: sku?.product_id, sku: line.sku_id }} className="line">
            <span className="thumb">
              <Picture src={sku?.card?.picture ?? ""} name={sku?.name ?? line.title} />
            </span>
            <span className="grow">
              <span className="line-name">{sku?.name ?? line.title}</span>
              <small className="chosen">{sku?.choices.join(" · ")}</small>
              <span className="row">
                <Price minor={line.amount_minor} currency={order.currency} />
                <span className="grow" />
                <span className="faint">× {line.qty}</span>
              </span>
              {line.canceled_qty > 0 && <small className="notice gone">{t("order.canceled_qty", { n: line.canceled_qty })}</small>}
            </span>
          </Link>
        );
      })}
      <button className="button quiet small" disabled={isBusy} onClick={() => void again()}>
        {t("order.again")}
      </button>
    </section>
  );
}

/** Do one after the other, each whatever became of those before it; what was thrown stands in its place. */
async function inTurn(all: readonly (() => Promise<void>)[]): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (const each of all) ends.push(await each().catch((error: unknown) => error));
  return ends;
}
