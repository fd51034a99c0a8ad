import { useEffect, useState } from "react";
import { read, type Refused } from "@/api/client";
import { useReading } from "@/api/reading";
import type { FoundOrder } from "@/api/shapes";
import { moment, money, t } from "@/i18n";
import { keep, kept } from "@/platform";
import { ownLinks } from "@/shopper";
import { Icon, type IconName } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Lines } from "@/ui/parts";
import { Empty, Wrong } from "@/ui/Wrong";

const ORDERS_MAX = 10;

interface Told {
  key: string;
  icon: IconName;
  link: string;
  text: string;
  at: string;
}

/** What a guest is told: of the orders that were placed on this device, by their links. What was seen is kept here too. */
export function OfDevice() {
  const links = ownLinks().slice(0, ORDERS_MAX);
  const found = useReading(links.length ? `told ${links.map((each) => each.number).join(" ")}` : null, () => ordersOf(links.map((each) => each.link)));
  const [seen] = useState(() => new Set(kept<string[]>("told", [])));
  const news = (found.data ?? []).flatMap(toldOf).sort((a, b) => b.at.localeCompare(a.at));
  useEffect(() => {
    if (news.length) keep("told", news.map((each) => each.key));
  }, [found.data]);
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  if (links.length && !found.data) return <Lines count={6} />;
  return (
    <>
      {news.length > 0 ? (
        <section className="card menu">
          {news.map((each) => (
            <Link key={each.key} to="order" query={{ link: each.link }} className={`row item ${seen.has(each.key) ? "" : "fresh"}`}>
              <Icon name={each.icon} />
              <span className="grow left">
                {each.text}
                <small className="faint">{moment(each.at)}</small>
              </span>
              <Icon name="next" size={14} />
            </Link>
          ))}
        </section>
      ) : (
        <Empty title={t("notices.none")} hint={t("notices.none.hint")} art="龙井礼盒">
          <Link to="orders" className="button">
            {t("me.orders")}
          </Link>
        </Empty>
      )}
      <section className="card">
        <p className="faint">{t("notices.guest")}</p>
        <Link to="login" query={{ back: 1 }} className="button quiet small">
          {t("top.sign_in")}
        </Link>
      </section>
    </>
  );
}

/** The orders that are still there: one that is gone keeps the others from nothing. */
async function ordersOf(links: readonly string[]): Promise<FoundOrder[]> {
  const found = await Promise.all(
    links.map((link) =>
      read("/api/v1/checkout/order", { link }).catch((error: Refused) => {
        if (error.problem.status === 404) return undefined;
        throw error;
      }),
    ),
  );
  return found.filter((each) => each !== undefined);
}

function toldOf(order: FoundOrder): Told[] {
  const { number, link } = order;
  const sent = order.parcels.map((parcel): Told => ({ key: `sent ${parcel.number}`, icon: "truck", link, text: t("notices.sent", { number }), at: parcel.sent_at }));
  const last = sent.map((each) => each.at).sort().at(-1) ?? order.placed_at;
  const back: Told[] = order.refunded_minor > 0 ? [{ key: `back ${number} ${order.refunded_minor}`, icon: "receipt", link, text: t("notices.refunded", { number, amount: money(order.refunded_minor, order.currency) }), at: last }] : [];
  const over: Told[] = order.status === "canceled" ? [{ key: `over ${number}`, icon: "close", link, text: t("notices.canceled", { number }), at: last }] : [];
  return [...over, ...back, ...sent];
}
