import { Alert, Skeleton, Table, Tag } from "antd";
import { useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useBooks } from "./books";
import { lastPeriods, periodText } from "./PickPeriod";

/** 结账: which periods are closed; closing one closes all before it, opening one opens all after it, with a reason. */
export function Periods({ company }: { company: string }) {
  const say = useSay();
  const books = useBooks(company);
  if (isWrong(books)) return <Wrong error={books.error} onRetry={() => void books.refetch()} />;
  if (!books.data) return <Skeleton active />;
  const through = books.data.closed_through;
  const periods = lastPeriods();
  const [current] = periods;
  const isClosed = (period: number) => through !== null && period <= through;
  return (
    <div className="stack">
      <Alert type="info" showIcon title={through === null ? say("ledger.all_open") : say("ledger.closed_through", { period: periodText(through) })} description={say("ledger.close_hint")} />
      <Table
        size="small"
        pagination={false}
        rowKey={(period) => String(period)}
        dataSource={periods}
        columns={[
          { title: say("ledger.period"), render: (_, period) => <b>{periodText(period)}</b> },
          {
            title: say("filter.status"),
            render: (_, period) => (isClosed(period) ? <Tag color="green">{say("ledger.closed")}</Tag> : <Tag color={period === current ? "blue" : undefined}>{say(period === current ? "ledger.current" : "ledger.open")}</Tag>),
          },
          {
            title: "",
            align: "right",
            render: (_, period) =>
              isClosed(period) ? (
                <ActionButton action="ledger.unlock_period" label={say("ledger.reopen")} given={{ company_id: company, period }} required={["reason"]} button={{ size: "small" }} />
              ) : period !== current ? (
                <ActionButton action="ledger.lock_period" label={say("ledger.close")} given={{ company_id: company, period }} button={{ size: "small" }} />
              ) : null,
          },
        ]}
      />
    </div>
  );
}
