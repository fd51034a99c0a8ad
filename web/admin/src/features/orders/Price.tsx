import type { Schema } from "../../api/client";
import { useLang, useSay } from "../../i18n";
import { Money } from "../../ui/Money";
import { Why } from "../../ui/Why";

type Quote = Schema<"Quote">;

/** What a line costs; a click tells how: list price, each promotion's share, what was paid. */
export function LinePrice({ line, quote, currency }: { line: Schema<"OrderLine">; quote: Quote | null | undefined; currency: string }) {
  const say = useSay();
  const lang = useLang();
  const amount = <Money minor={line.amount_minor} currency={currency} />;
  const quoted = quote?.lines.find((each) => each.key === line.line);
  if (!quote || !quoted) return amount;
  const nameOf = (id: string) => {
    const applied = quote.applied?.find((each) => each.promotion_id === id);
    return (lang === "en" ? applied?.name_en : "") || applied?.name || id;
  };
  const answer = (
    <table>
      <tbody>
        <tr>
          <td>{say("order.list_price")}</td>
          <td>
            <Money minor={quoted.list_minor} currency={currency} />
          </td>
        </tr>
        {(quoted.steps ?? []).map((step) => (
          <tr key={`${step.promotion_id} ${step.layer}`}>
            <td>{nameOf(step.promotion_id)}</td>
            <td>
              <Money minor={-step.amount_minor} currency={currency} />
            </td>
          </tr>
        ))}
        <tr>
          <td>
            <b>{say("order.paid_price")}</b>
          </td>
          <td>
            <b>
              <Money minor={quoted.paid_minor} currency={currency} />
            </b>
          </td>
        </tr>
      </tbody>
    </table>
  );
  return (
    <Why title={say("order.why_price")} answer={answer}>
      {amount}
    </Why>
  );
}
