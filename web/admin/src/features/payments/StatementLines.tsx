import { useQuery } from "@tanstack/react-query";
import { Card, Select, Space, Switch, Tag } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { major, money, when } from "../../ui/format";
import { Money } from "../../ui/Money";

type Line = Schema<"StatementLine">;

const COLOURS: Record<string, string> = { matched: "green", amount_differs: "orange", missing_here: "red", missing_there: "red", repeated: "orange" };

/** What a bill says beside ours; each that does not fit leads to its order, or is settled with a note. */
export function StatementLines({ id }: { id: string }) {
  const say = useSay();
  const word = useWord();
  const [isAll, setAll] = useState(false);
  const [verdict, setVerdict] = useState<string>();
  const statement = useQuery({ queryKey: ["statement", id], queryFn: () => given(api.GET("/api/v1/payments/statements/{statement_id}", { params: { path: { statement_id: id } } })) }).data;
  const currency = statement?.currency ?? "CNY";
  const amount = (minor: number | null) => (minor === null ? "–" : <Money minor={minor} currency={currency} />);
  const columns: Column<Line>[] = [
    { key: "verdict", title: say("statement.verdict"), render: (l) => <Tag color={l.settled_at ? undefined : COLOURS[l.verdict]}>{word("statement_line", l.verdict)}</Tag>, text: (l) => word("statement_line", l.verdict) },
    { key: "kind", title: say("payment.kind"), render: (l) => say(l.kind === "refund" ? "payment.refund" : "payment.received"), text: (l) => l.kind },
    { key: "transaction", title: say("payment.reference"), render: (l) => <code>{l.transaction || l.own_number}</code>, text: (l) => l.transaction || l.own_number },
    { key: "theirs", title: say("statement.theirs"), align: "right", render: (l) => amount(l.theirs_minor), text: (l) => (l.theirs_minor === null ? "" : major(l.theirs_minor, currency)) },
    { key: "ours", title: say("statement.ours"), align: "right", render: (l) => amount(l.ours_minor), text: (l) => (l.ours_minor === null ? "" : major(l.ours_minor, currency)) },
    { key: "fee", title: say("statement.fee"), align: "right", isHidden: true, render: (l) => amount(l.fee_minor), text: (l) => major(l.fee_minor, currency) },
    { key: "at", title: say("payment.at"), render: (l) => <span className="soft">{when(l.at)}</span>, text: (l) => when(l.at) },
    { key: "order", title: say("statement.order"), render: (l) => (l.order_id ? <Link to={`/orders/${l.order_id}`}>{say("payment.open_order")}</Link> : "–"), text: (l) => l.order_id },
    {
      key: "do",
      title: say("statement.seen_to"),
      render: (l) =>
        l.settled_at ? (
          <span className="soft">{l.note}</span>
        ) : (
          l.verdict !== "matched" && <ActionButton action="payments.settle_statement_line" grant="payments.reconcile" label={say("statement.settle")} given={{ line_id: l.id }} button={{ size: "small" }} />
        ),
      text: (l) => l.note,
    },
  ];
  return (
    <Card
      title={statement ? say("statement.title", { file: statement.file_name, open: statement.open }) : ""}
      extra={
        <Space wrap>
          {statement && <Fees statement={statement} />}
          <ActionButton action="payments.recheck_statement" grant="payments.reconcile" label={say("statement.recheck")} given={{ statement_id: id }} />
        </Space>
      }
    >
      <CrudTable<Line>
        name="statement-lines"
        path={`/api/v1/payments/statements/${id}/lines`}
        columns={columns}
        rowKey={(l) => l.id}
        query={{ verdict, open: isAll ? undefined : "true" }}
        empty={say("statement.all_fit")}
        filters={
          <Space>
            <Select
              allowClear
              aria-label={say("statement.verdict")}
              placeholder={say("statement.verdict")}
              value={verdict}
              onChange={setVerdict}
              options={Object.keys(COLOURS).map((each) => ({ value: each, label: word("statement_line", each) }))}
              style={{ minWidth: 150 }}
            />
            <Switch checked={isAll} onChange={setAll} aria-label={say("statement.all_lines")} />
            {say("statement.all_lines")}
          </Space>
        }
      />
    </Card>
  );
}

/** What the provider keeps by this bill: to the ledger once nothing is open, and back again. */
function Fees({ statement }: { statement: Schema<"Statement"> }) {
  const say = useSay();
  const lang = useLang();
  const given = { statement_id: statement.id };
  if (statement.fees_posted_at && statement.fees_posted_minor != null)
    return (
      <Space>
        <span className="soft">{say("statement.fees_posted", { amount: money(statement.fees_posted_minor, statement.currency, lang), when: when(statement.fees_posted_at) })}</span>
        <ActionButton action="payments.reverse_fees" grant="payments.reconcile" label={say("statement.reverse_fees")} given={given} />
      </Space>
    );
  if (statement.fee_minor === 0) return null;
  return <ActionButton action="payments.post_fees" grant="payments.reconcile" label={say("statement.post_fees")} given={given} button={{ type: "primary", disabled: statement.open > 0 }} />;
}
