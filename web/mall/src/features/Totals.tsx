import type { Quote } from "@/api/shapes";
import { money, t } from "@/i18n";
import { looks } from "@/looks";

/** How a total comes about: goods, each promotion with what it takes off, freight, what is to be paid. */
export function Totals({ quote, freightText, isPayable = true }: { quote: Quote; freightText: string; isPayable?: boolean }) {
  const { lang } = looks.use();
  const { totals, currency } = quote;
  const off = quote.applied.filter((each) => each.amount_minor > 0);
  return (
    <dl className="totals">
      <dt>{t("totals.goods")}</dt>
      <dd>{money(totals.goods_minor, currency)}</dd>
      {(totals.freight_minor > 0 || freightText) && (
        <>
          <dt>
            {t("totals.freight")} {freightText && <small className="faint">{freightText}</small>}
          </dt>
          <dd>{money(totals.freight_minor, currency)}</dd>
        </>
      )}
      {off.map((each) => (
        <div key={each.promotion_id} className="off">
          <dt>
            {(lang === "en" && each.name_en) || each.name}
            {each.coupon && <span className="badge">{t("totals.coupon")}</span>}
            {each.points ? <small className="faint">{t("totals.points", { n: each.points })}</small> : null}
          </dt>
          <dd>−{money(each.amount_minor, currency)}</dd>
        </div>
      ))}
      {totals.tax_minor > 0 && !quote.policy.tax_included && (
        <>
          <dt>{t("totals.tax")}</dt>
          <dd>{money(totals.tax_minor, currency)}</dd>
        </>
      )}
      {isPayable && (
        <div className="sum">
          <dt>{t("totals.payable")}</dt>
          <dd>{money(totals.payable_minor, currency)}</dd>
        </div>
      )}
    </dl>
  );
}
