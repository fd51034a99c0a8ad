import { useDidShow, useReachBottom } from "@tarojs/taro";
import { useState } from "react";
import { act, read, type Answer } from "@/api/client";
import { useReading } from "@/api/reading";
import type { OwnOrder } from "@/api/shapes";
import { Field } from "@/features/AddressForm";
import { useParams } from "@/features/params";
import { go } from "@/going";
import { moment, money, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { keepLink, ownLinks, shopper, toast } from "@/shopper";
import { Link } from "@/ui/Link";
import { Choices, Lines, Picture } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";
import { stageOf } from "../order";

type Only = "" | OwnOrder["status"];
const ONLY: readonly Only[] = ["", "placed", "shipped", "signed", "canceled"];

/** A member's orders; for others, those of this device and a way to look one up. */
export default function Orders() {
  useLang();
  const { customerId, isKnown } = shopper.use();
  return (
    <Shell title={t("me.orders")} className="orders">
      {!isKnown ? <Lines count={6} /> : customerId ? <Own /> : <Guest />}
    </Shell>
  );
}

async function pageOf(only: Only, cursor?: string): Promise<Answer<"/api/v1/checkout/orders">> {
  return read("/api/v1/checkout/orders", { status: only || null, limit: 10, cursor: cursor ?? null });
}

function Own() {
  const given = useParams()["only"] ?? "";
  const [only, setOnly] = useState<Only>(ONLY.find((each) => each === given) ?? "");
  const found = useReading(`orders ${only}`, () => pageOf(only));
  const [isLoading, setIsLoading] = useState(false);
  useDidShow(() => found.data && found.again());
  const more = async () => {
    if (isLoading || !found.data?.next) return;
    setIsLoading(true);
    try {
      const next = await pageOf(only, found.data.next);
      found.set({ items: [...found.data.items, ...next.items], next: next.next ?? null });
    } catch (error) {
      toast(told(error));
    }
    setIsLoading(false);
  };
  useReachBottom(() => void more());
  return (
    <>
      <Choices name={t("order.status")} options={ONLY.map((each) => [each, t(each ? `only.${each as "placed"}` : "only.all")] as const)} value={only} set={setOnly} />
      {found.error ? (
        <Wrong error={found.error} again={found.again} />
      ) : !found.data || found.isOld ? (
        <Lines count={6} />
      ) : found.data.items.length ? (
        <>
          {found.data.items.map((order) => (
            <OrderCard key={order.order_id} order={order} />
          ))}
          {found.data.next && (
            <p className="end">
              <button className="button quiet" disabled={isLoading} onClick={() => void more()}>
                {t("list.more")}
              </button>
            </p>
          )}
        </>
      ) : (
        <Empty title={t("orders.none")} art="龙井礼盒">
          <Link to="list" className="button">
            {t("cart.go_shopping")}
          </Link>
        </Empty>
      )}
    </>
  );
}

function OrderCard({ order }: { order: OwnOrder }) {
  const goods = order.lines.filter((line) => line.sku_id);
  const ids = goods.map((line) => line.sku_id ?? "").slice(0, 4);
  const shown = useReading(ids.length ? ids.join(" ") : null, () => read("/api/v1/storefront/skus", { id: ids }));
  const only = shown.data?.find((each) => each.sku_id === ids[0]);
  return (
    <Link to="order" query={{ link: order.link }} className="card order-card">
      <span className="row">
        <small className="faint grow">
          {order.number} · {moment(order.placed_at)}
        </small>
        <b className="stage">{t(stageOf(order))}</b>
      </span>
      <span className="row">
        {goods.slice(0, 4).map((line, n) => (
          <span key={n} className="thumb">
            <Picture src={shown.data?.find((each) => each.sku_id === line.sku_id)?.card?.picture ?? ""} name={shown.data?.find((each) => each.sku_id === line.sku_id)?.name ?? line.title} />
          </span>
        ))}
        {goods.length === 1 && (
          <span className="grow line-name">{only ? [only.name, ...only.choices].join(" ") : goods[0]?.title}</span>
        )}
      </span>
      <span className="row">
        <span className="grow" />
        <small className="faint">{t("orders.pieces", { n: goods.reduce((sum, line) => sum + line.qty, 0) })}</small>
        <b>{money(order.total_minor, order.currency)}</b>
      </span>
    </Link>
  );
}

function Guest() {
  const [number, setNumber] = useState("");
  const [phone, setPhone] = useState("");
  const [wrong, setWrong] = useState("");
  const links = ownLinks();
  const find = async () => {
    try {
      const order = await act("checkout.find_order", { number: number.trim(), phone: phone.trim() });
      keepLink(order.number, order.link);
      go("order", { link: order.link });
    } catch (error) {
      setWrong(told(error));
    }
  };
  const isReady = number.trim().length >= 3 && phone.trim().length >= 5;
  return (
    <div className="narrow">
      <section className="card">
        <h2>{t("orders.sign_in")}</h2>
        <p className="faint">{t("orders.sign_in.hint")}</p>
        <Link to="login" query={{ back: 1 }} className="button">
          {t("top.sign_in")}
        </Link>
      </section>
      {links.length > 0 && (
        <section className="card">
          <h2>{t("orders.of_device")}</h2>
          {links.map((each) => (
            <Link key={each.number} to="order" query={{ link: each.link }} className="row item">
              <b className="grow">{each.number}</b>
              <small className="faint">{moment(each.at)}</small>
            </Link>
          ))}
        </section>
      )}
      <section className="card form">
        <h2>{t("orders.look_up")}</h2>
        <Field label={t("order.number")} value={number} hint="SO20260101-000001" set={setNumber} />
        <Field label={t("address.phone")} type="tel" value={phone} set={setPhone} wrong={wrong} enter={() => isReady && void find()} />
        <button className="button whole" disabled={!isReady} onClick={() => void find()}>
          {t("orders.find")}
        </button>
      </section>
    </div>
  );
}
