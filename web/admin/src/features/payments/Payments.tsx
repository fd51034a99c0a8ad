import { Tabs, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";

type Payment = Schema<"Payment">;
type Refund = Schema<"RefundCall">;
type Callback = Schema<"PaymentCallback">;

export function Payments() {
  const say = useSay();
  const [tab, setTab] = useFilter("tab");
  return (
    <>
      <div className="head">
        <h1>{say("nav.payments")}</h1>
      </div>
      <Tabs
        activeKey={tab ?? "list"}
        onChange={setTab}
        destroyOnHidden
        items={[
          { key: "list", label: say("payment.list"), children: <List /> },
          { key: "refunds", label: say("payment.refunds"), children: <Refunds /> },
          { key: "callbacks", label: say("payment.callbacks"), children: <Callbacks /> },
        ]}
      />
    </>
  );
}

function List() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const kind = (p: Payment) => say(p.kind === "refund" ? "payment.refund" : "payment.received");
  const columns: Column<Payment>[] = [
    { key: "number", title: say("payment.number"), render: (p) => <b>{p.number}</b>, text: (p) => p.number },
    { key: "kind", title: say("payment.kind"), render: (p) => <Tag color={p.kind === "refund" ? "orange" : "green"}>{kind(p)}</Tag>, text: kind },
    { key: "method", title: say("payment.method"), render: (p) => word("method", p.method), text: (p) => word("method", p.method) },
    { key: "reference", title: say("payment.reference"), render: (p) => <code>{p.reference}</code>, text: (p) => p.reference },
    { key: "amount", title: say("payment.amount"), align: "right", render: (p) => <Money minor={p.amount_minor} currency={p.currency} />, text: (p) => major(p.amount_minor, p.currency) },
    { key: "at", title: say("payment.at"), render: (p) => <span className="soft">{when(p.at)}</span>, text: (p) => when(p.at) },
  ];
  return <CrudTable<Payment> name="payments" path="/api/v1/payments" columns={columns} rowKey={(p) => p.id} onOpen={(p) => void go(`/orders/${p.order_id}`)} />;
}

function Refunds() {
  const say = useSay();
  const word = useWord();
  const columns: Column<Refund>[] = [
    { key: "provider", title: say("payment.provider"), render: (r) => word("method", r.provider), text: (r) => word("method", r.provider) },
    { key: "amount", title: say("payment.amount"), align: "right", render: (r) => <Money minor={r.amount_minor} currency={r.currency} />, text: (r) => major(r.amount_minor, r.currency) },
    { key: "status", title: say("filter.status"), render: (r) => <Tag color={r.status === "failed" ? "red" : r.status === "done" ? "green" : "gold"}>{word("refund", r.status)}</Tag>, text: (r) => word("refund", r.status) },
    { key: "attempts", title: say("payment.attempts"), align: "right", render: (r) => r.attempts, text: (r) => r.attempts },
    { key: "reason", title: say("payment.reason"), render: (r) => r.reason ?? "–", text: (r) => r.reason },
    { key: "at", title: say("payment.at"), render: (r) => <span className="soft">{when(r.requested_at)}</span>, text: (r) => when(r.requested_at) },
  ];
  return <CrudTable<Refund> name="refunds" path="/api/v1/payments/refund-calls" columns={columns} rowKey={(r) => r.id} refetchMs={10_000} />;
}

function Callbacks() {
  const say = useSay();
  const word = useWord();
  const columns: Column<Callback>[] = [
    { key: "provider", title: say("payment.provider"), render: (c) => word("method", c.provider), text: (c) => word("method", c.provider) },
    { key: "verdict", title: say("payment.verdict"), render: (c) => <Tag>{word("verdict", c.verdict)}</Tag>, text: (c) => word("verdict", c.verdict) },
    { key: "body", title: say("action.input"), render: (c) => <code className="soft">{c.body.slice(0, 90)}</code>, text: (c) => c.body },
    { key: "at", title: say("payment.at"), render: (c) => <span className="soft">{when(c.received_at)}</span>, text: (c) => when(c.received_at) },
  ];
  return <CrudTable<Callback> name="callbacks" path="/api/v1/payments/callbacks" columns={columns} rowKey={(c) => c.id} />;
}
