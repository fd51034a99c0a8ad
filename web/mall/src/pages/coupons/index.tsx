import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { Tickets } from "@/features/Tickets";
import { day, t, useLang } from "@/i18n";
import { looks } from "@/looks";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Lines } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** Coupons to take, and those of the member: usable ones first. */
export default function Coupons() {
  useLang();
  const { customerId, mall } = shopper.use();
  const open = useReading(mall ? `coupons ${mall.id}` : null, () => read("/api/v1/coupons/open", { shop_id: mall?.id ?? "" }));
  return (
    <Shell title={t("coupons.title")}>
      <section className="card">
        <h2>{t("coupons.open")}</h2>
        {open.error && <Wrong error={open.error} again={open.again} />}
        {open.data && !open.data.length && <p className="faint">{t("coupons.none")}</p>}
        <Tickets />
      </section>
      {customerId ? (
        <Mine />
      ) : (
        <section className="card">
          <Link to="login" query={{ back: 1 }} className="under">
            {t("me.sign_in")}
          </Link>
        </section>
      )}
    </Shell>
  );
}

function Mine() {
  const { lang } = looks.use();
  const wallet = useReading("wallet", () => read("/api/v1/customer/coupons", { limit: 50 }));
  if (wallet.error) return <Wrong error={wallet.error} again={wallet.again} />;
  if (!wallet.data) return <Lines count={3} />;
  const sorted = [...wallet.data.items].sort((a, b) => Number(b.status === "usable") - Number(a.status === "usable"));
  return (
    <section className="card">
      <h2>{t("coupons.mine")}</h2>
      {!sorted.length && <p className="faint">{t("coupons.mine.none")}</p>}
      <div className="tickets">
        {sorted.map((each) => (
          <div key={each.id} className={`ticket ${each.status === "usable" ? "" : "spent"}`}>
            <Icon name="ticket" />
            <span className="grow">
              <b>{(lang === "en" && each.name_en) || each.name}</b>
              <small>{each.valid_to ? t("coupon.until", { day: day(each.valid_to) }) : t("coupon.always")}</small>
            </span>
            {each.status === "usable" ? (
              <Link to="list" className="button small quiet">
                {t("coupons.use")}
              </Link>
            ) : (
              <small>{t(`coupon.status.${each.status}`)}</small>
            )}
          </div>
        ))}
      </div>
    </section>
  );
}
