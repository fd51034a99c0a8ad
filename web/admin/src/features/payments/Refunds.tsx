import { Select, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";

type Refund = Schema<"RefundCall">;

const STATUSES = ["requested", "processing", "failed", "done"];
const COLOURS: Record<string, string> = { failed: "red", done: "green", processing: "blue" };

/** Refunds that providers are asked for: what waits, what failed and of what, and another try once that is mended. */
export function Refunds() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const lang = useLang();
  const reason = (r: Refund) => (lang === "en" ? r.reason : (r.reason_zh ?? r.reason));
  const [status, setStatus] = useFilter("status");
  const columns: Column<Refund>[] = [
    { key: "provider", title: say("payment.provider"), render: (r) => word("method", r.provider), text: (r) => word("method", r.provider) },
    { key: "transaction", title: say("payment.reference"), render: (r) => <code>{r.transaction}</code>, text: (r) => r.transaction },
    { key: "amount", title: say("payment.amount"), align: "right", render: (r) => <Money minor={r.amount_minor} currency={r.currency} />, text: (r) => major(r.amount_minor, r.currency) },
    { key: "paid", title: say("payment.of_paid"), align: "right", isHidden: true, render: (r) => <Money minor={r.paid_minor} currency={r.currency} />, text: (r) => major(r.paid_minor, r.currency) },
    { key: "status", title: say("filter.status"), render: (r) => <Tag color={COLOURS[r.status] ?? "gold"}>{word("refund", r.status)}</Tag>, text: (r) => word("refund", r.status) },
    { key: "attempts", title: say("payment.attempts"), align: "right", render: (r) => r.attempts, text: (r) => r.attempts },
    { key: "reason", title: say("payment.reason"), render: (r) => <span className="said">{reason(r) ?? "–"}</span>, text: reason },
    { key: "answer", title: say("payment.answer"), isHidden: true, render: (r) => <code>{r.answer ?? "–"}</code>, text: (r) => r.answer },
    { key: "at", title: say("payment.at"), render: (r) => <span className="soft">{when(r.requested_at)}</span>, text: (r) => when(r.requested_at) },
    { key: "sent", title: say("payment.sent"), isHidden: true, render: (r) => <span className="soft">{r.sent_at ? when(r.sent_at) : "–"}</span>, text: (r) => r.sent_at },
    {
      key: "doing",
      title: "",
      align: "right",
      render: (r) =>
        r.status === "failed" && (
          <span onClick={(event) => event.stopPropagation()} role="presentation">
            <ActionButton action="payments.retry_refund" label={say("payment.retry")} given={{ call_id: r.id }} button={{ size: "small", type: "primary" }} />
          </span>
        ),
      text: () => "",
    },
  ];
  return (
    <CrudTable<Refund>
      name="refunds"
      path="/api/v1/payments/refund-calls"
      columns={columns}
      rowKey={(r) => r.id}
      query={{ status }}
      onOpen={(r) => void go(`/orders/${r.order_id}`)}
      empty={say("payment.no_refunds")}
      refetchMs={10_000}
      filters={
        <>
          <Select allowClear aria-label={say("filter.status")} placeholder={say("filter.status")} value={status} onChange={setStatus} options={STATUSES.map((each) => ({ value: each, label: word("refund", each) }))} style={{ minWidth: 130 }} />
          <span className="soft">{say("payment.refunds_hint")}</span>
        </>
      }
    />
  );
}
