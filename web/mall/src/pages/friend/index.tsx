import { useEffect, useState } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { wayOf } from "@/features/checkout/Choosing";
import { Pay } from "@/features/order/Pay";
import { useNeeded, useParams } from "@/features/params";
import { useSkus } from "@/features/skus";
import { t, useLang } from "@/i18n";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Clock, Lines, Price, useSecondsTo } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const LOOK_MS = 2000;

/** Pay for somebody else: what for and how much, and nothing of where it goes. */
export default function Friend() {
  useLang();
  const { mall } = shopper.use();
  const { link = "" } = useParams();
  useNeeded(link);
  const [method, setMethod] = useState("");
  const found = useReading(mall && link ? link : null, () => read("/api/v1/checkout/friend-order", { link }));
  const order = found.data;
  const { nameOf } = useSkus(order?.lines ?? []);
  const isDue = (order?.due_minor ?? 0) > 0;
  useEffect(() => {
    if (!isDue) return;
    const timer = setInterval(found.again, LOOK_MS);
    return () => clearInterval(timer);
  }, [isDue, found.again]);
  if (!order) return <Shell title={t("friend.title")}>{found.error ? <Wrong error={found.error} again={found.again} /> : <Lines count={5} />}</Shell>;
  return (
    <Shell title={t("friend.title")} className="result">
      <section className="card pay">
        {isDue ? (
          <>
            <p>{t("friend.asks", { name: order.asked_by })}</p>
            <Price minor={order.due_minor} currency={order.currency} className="large" />
            {order.expires_at && <Left until={order.expires_at} />}
            {method ? (
              <Pay link={link} method={method} amount={order.due_minor} currency={order.currency} other={() => setMethod("")} />
            ) : (
              <div className="ways">
                {order.methods.map((way) => (
                  <button key={way} className={`way ${way}`} onClick={() => setMethod(way)}>
                    <i className="way-mark" />
                    <span className="grow left">{wayOf(way)}</span>
                    <Icon name="next" size={14} />
                  </button>
                ))}
              </div>
            )}
            <p className="faint">{t("friend.fine")}</p>
          </>
        ) : (
          <>
            <span className="seal">
              <Icon name="check" size={40} />
            </span>
            <h2>{t(order.payment_status === "paid" ? "friend.paid" : "friend.over")}</h2>
            <Link to="home" className="button quiet">
              {t("result.go_on")}
            </Link>
          </>
        )}
      </section>
      <section className="card">
        {order.lines
          .filter((line) => line.sku_id)
          .map((line) => (
            <div key={line.line} className="row item">
              <span className="grow left">{nameOf(line)}</span>
              <span className="faint">× {line.qty}</span>
            </div>
          ))}
      </section>
    </Shell>
  );
}

function Left({ until }: { until: string }) {
  const seconds = useSecondsTo(until);
  return (
    <p className="row center">
      <span className="faint">{t("result.pay_within")}</span> <Clock seconds={seconds} />
    </p>
  );
}
