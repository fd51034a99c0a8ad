import { useReachBottom } from "@tarojs/taro";
import { useEffect, useState } from "react";
import { act, newKey, read } from "@/api/client";
import { useReading } from "@/api/reading";
import { OfDevice } from "@/features/notices/OfDevice";
import { unread } from "@/features/unread";
import { moment, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { looks } from "@/looks";
import { shopper, toast } from "@/shopper";
import { Icon, type IconName } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Lines } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";

const ICONS: Record<string, IconName> = { shipped: "truck", refunded: "receipt", canceled: "close", after_sale: "box" };

/** What one was told: parcels that left, money that went back, answers of the shop. Seen is read; guests are told of their orders. */
export default function Notices() {
  useLang();
  const { customerId, isKnown } = shopper.use();
  return (
    <Shell title={t("notices.title")} className="notices">
      {!isKnown ? <Lines count={4} /> : customerId ? <All /> : <OfDevice />}
    </Shell>
  );
}

const pageOf = (cursor?: string) => read("/api/v1/customer/notices", { limit: 20, cursor: cursor ?? null });

function All() {
  const { lang } = looks.use();
  const { customerId } = shopper.use();
  const found = useReading(customerId ? `notices ${customerId}` : null, () => pageOf());
  const [isLoading, setIsLoading] = useState(false);
  const newest = found.data?.items[0];
  useEffect(() => {
    if (!newest || newest.is_read) return;
    act("messaging.read_own_notices", { up_to: newest.id }, newKey()).then(
      ({ count }) => unread.set({ count }),
      () => undefined, // they stay unread, and are read the next time
    );
  }, [newest?.id]);
  const more = async () => {
    if (isLoading || !found.data?.next) return;
    setIsLoading(true);
    try {
      const next = await pageOf(found.data.next);
      found.set({ items: [...found.data.items, ...next.items], next: next.next ?? null });
    } catch (error) {
      toast(told(error));
    }
    setIsLoading(false);
  };
  useReachBottom(() => void more());
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  if (!found.data) return <Lines count={6} />;
  if (!found.data.items.length)
    return (
      <Empty title={t("notices.none")} hint={t("notices.none.hint")} art="龙井礼盒">
        <Link to="orders" className="button">
          {t("me.orders")}
        </Link>
      </Empty>
    );
  return (
    <section className="card menu">
      {found.data.items.map((each) => (
        <Link key={each.id} to="order" query={{ id: each.order_id ?? "" }} className={`row item ${each.is_read ? "" : "fresh"}`}>
          <Icon name={ICONS[each.kind] ?? "chat"} />
          <span className="grow left">
            {lang === "en" ? each.en : each.zh}
            <small className="faint">{moment(each.at)}</small>
          </span>
          <Icon name="next" size={14} />
        </Link>
      ))}
      {found.data.next && (
        <button className="button quiet whole" disabled={isLoading} onClick={() => void more()}>
          {t("list.more")}
        </button>
      )}
    </section>
  );
}
