import { useDidShow } from "@tarojs/taro";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { Ask } from "@/features/aftersale/Ask";
import { Request } from "@/features/aftersale/Request";
import { NeedsMember } from "@/features/NeedsMember";
import { useParams } from "@/features/params";
import { t, useLang } from "@/i18n";
import { shopper } from "@/shopper";
import { Link } from "@/ui/Link";
import { Lines } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Old, Wrong } from "@/ui/Wrong";

/** What can be asked for of an order that was sent, and how far it is; without an order, all of one's requests. */
export default function AfterSale() {
  useLang();
  const { link = "" } = useParams();
  return (
    <Shell title={t("aftersale.title")} className="aftersales">
      {link ? (
        <OfOrder link={link} />
      ) : (
        <NeedsMember>
          <All />
        </NeedsMember>
      )}
    </Shell>
  );
}

function OfOrder({ link }: { link: string }) {
  const { mall } = shopper.use();
  const found = useReading(mall ? `aftersale ${link}` : null, () => read("/api/v1/aftersales/of-order", { link }));
  const ids = [...new Set(found.data?.lines.map((line) => line.sku_id) ?? [])].slice(0, 60);
  const shown = useReading(ids.length ? ids.join(" ") : null, () => read("/api/v1/storefront/skus", { id: ids }));
  useDidShow(() => found.data && found.again());
  const asking = found.data;
  if (!asking) return found.error ? <Wrong error={found.error} again={found.again} /> : <Lines count={6} />;
  const isOver = !Object.keys(asking.until).length;
  return (
    <>
      <Old error={found.error} again={found.again} />
      {asking.lines.length && !isOver ? (
        <Ask link={link} asking={asking} skus={shown.data ?? []} again={found.again} />
      ) : (
        <Empty title={t("aftersale.nothing")} hint={t(isOver ? "aftersale.over" : "aftersale.nothing.hint")} art="龙井礼盒">
          <Link to="order" query={{ link }} className="button">
            {t("result.see_order")}
          </Link>
        </Empty>
      )}
      {asking.requests.length > 0 && <h2 className="part">{t("aftersale.of")}</h2>}
      {asking.requests.map((each) => (
        <Request key={each.id} request={each} link={link} again={found.again} />
      ))}
    </>
  );
}

function All() {
  const { customerId } = shopper.use();
  const found = useReading(customerId ? `aftersales ${customerId}` : null, () => read("/api/v1/customer/aftersales", { limit: 50 }));
  useDidShow(() => found.data && found.again());
  if (found.error) return <Wrong error={found.error} again={found.again} />;
  if (!found.data) return <Lines count={6} />;
  if (found.data.items.length) return found.data.items.map((each) => <Request key={each.id} request={each} again={found.again} />);
  return (
    <Empty title={t("aftersale.none")} hint={t("aftersale.none.hint")} art="龙井礼盒">
      <Link to="orders" className="button">
        {t("me.orders")}
      </Link>
    </Empty>
  );
}
