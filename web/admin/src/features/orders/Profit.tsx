import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton } from "antd";
import { api, given } from "../../api/client";
import { useGrant } from "../../app/session";
import { usePick, useSay } from "../../i18n";
import { Money } from "../../ui/Money";
import { Why } from "../../ui/Why";
import { isWrong, Wrong } from "../../ui/Wrong";

/** What the books say an order earned; for who may read them. */
export function Profit({ orderId }: { orderId: string }) {
  const say = useSay();
  return useGrant("ledger.read") ? (
    <Card title={say("profit.title")}>
      <Shown orderId={orderId} />
    </Card>
  ) : null;
}

function Shown({ orderId }: { orderId: string }) {
  const say = useSay();
  const pick = usePick();
  const told = useQuery({ queryKey: ["profit", orderId], queryFn: () => given(api.GET("/api/v1/orders/{order_id}/profit", { params: { path: { order_id: orderId } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const { currency, lines, income_minor, expense_minor, profit_minor } = told.data;
  if (lines.length === 0) return <p className="soft">{say("profit.none")}</p>;
  const how = (
    <>
      <table>
        <tbody>
          {lines.map((line) => (
            <tr key={line.account}>
              <td>{line.account}</td>
              <td>{pick(line)}</td>
              <td>
                <Money minor={line.amount_minor} currency={currency} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="soft">{say("profit.hint")}</p>
    </>
  );
  return (
    <dl className="sums">
      <dt>{say("profit.income")}</dt>
      <dd>
        <Money minor={income_minor} currency={currency} />
      </dd>
      <dt>{say("profit.expense")}</dt>
      <dd>
        <Money minor={-expense_minor} currency={currency} />
      </dd>
      <dt>{say("profit.profit")}</dt>
      <dd className="strong">
        <Why title={say("profit.title")} answer={how}>
          <Money minor={profit_minor} currency={currency} />
        </Why>
      </dd>
    </dl>
  );
}
