import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton } from "antd";
import { api, given } from "../../api/client";
import { useLang, useSay } from "../../i18n";
import { money } from "../../ui/format";
import { Money } from "../../ui/Money";
import { isWrong, Wrong } from "../../ui/Wrong";

/** Where a member stands, and what is missing for the next level. */
export function Level({ customer }: { customer: string }) {
  const say = useSay();
  const lang = useLang();
  const told = useQuery({ queryKey: ["level", customer], queryFn: () => given(api.GET("/api/v1/customers/{customer_id}/level", { params: { path: { customer_id: customer } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const { level, spent_minor, currency, next_level, missing_minor } = told.data;
  return (
    <Card title={say("customer.level")}>
      <div className="card-number">{level || say("customer.no_level")}</div>
      <dl className="sums">
        <dt>{say("customer.spent")}</dt>
        <dd>
          <Money minor={spent_minor} currency={currency} />
        </dd>
      </dl>
      {next_level && <p className="soft">{say("customer.missing", { amount: money(missing_minor ?? 0, currency, lang), level: next_level })}</p>}
    </Card>
  );
}

/** What points a member can spend, what orders hold, and when they end. */
export function Points({ customer }: { customer: string }) {
  const say = useSay();
  const told = useQuery({ queryKey: ["points", customer], queryFn: () => given(api.GET("/api/v1/customers/{customer_id}/points", { params: { path: { customer_id: customer } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const { available, held, lots } = told.data;
  return (
    <Card title={say("customer.points")}>
      <div className="card-number">{available}</div>
      <dl className="sums">
        <dt>{say("customer.held")}</dt>
        <dd>{held}</dd>
        {lots.map((lot) => (
          <Lot key={lot.last_day ?? "always"} day={lot.last_day ?? say("customer.always")} points={lot.available} />
        ))}
      </dl>
    </Card>
  );
}

function Lot({ day, points }: { day: string; points: number }) {
  const say = useSay();
  return (
    <>
      <dt>
        {say("customer.last_day")} {day}
      </dt>
      <dd>{points}</dd>
    </>
  );
}
