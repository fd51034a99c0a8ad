import { Alert, Drawer, Select, Tag } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";

type Callback = Schema<"PaymentCallback">;

const VERDICTS = ["accepted", "late", "not_paid", "recorded_already", "refund", "unknown_intent", "wrong_merchant", "wrong_app", "wrong_currency", "wrong_amount", "expired", "conflicting"];
const COLOURS: Record<string, string> = { accepted: "green", late: "gold", refund: "blue", recorded_already: "default", not_paid: "default" };

/** What providers told us with a good signature, as it came, and what we made of it. */
export function Callbacks() {
  const say = useSay();
  const word = useWord();
  const [verdict, setVerdict] = useFilter("verdict");
  const [open, setOpen] = useState<Callback | null>(null);
  const columns: Column<Callback>[] = [
    { key: "at", title: say("payment.at"), render: (c) => <span className="soft">{when(c.received_at)}</span>, text: (c) => when(c.received_at) },
    { key: "provider", title: say("payment.provider"), render: (c) => word("method", c.provider), text: (c) => word("method", c.provider) },
    { key: "verdict", title: say("payment.verdict"), render: (c) => <Verdict value={c.verdict} />, text: (c) => word("verdict", c.verdict) },
    { key: "notification", title: say("payment.notification"), render: (c) => <code>{c.notification_id}</code>, text: (c) => c.notification_id },
    { key: "body", title: say("payment.body"), render: (c) => <code className="soft">{c.body.slice(0, 60)}…</code>, text: (c) => c.body },
  ];
  return (
    <>
      <CrudTable<Callback>
        name="callbacks"
        path="/api/v1/payments/callbacks"
        columns={columns}
        rowKey={(c) => c.id}
        query={{ verdict }}
        onOpen={setOpen}
        empty={say("payment.no_callbacks")}
        refetchMs={15_000}
        filters={
          <>
            <Select allowClear aria-label={say("payment.verdict")} placeholder={say("payment.verdict")} value={verdict} onChange={setVerdict} options={VERDICTS.map((each) => ({ value: each, label: word("verdict", each) }))} style={{ minWidth: 170 }} />
            <span className="soft">{say("payment.forged_hint")}</span>
          </>
        }
      />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size={680} title={say("payment.callback")} destroyOnHidden>
        {open && <Told callback={open} />}
      </Drawer>
    </>
  );
}

function Verdict({ value }: { value: string }) {
  const word = useWord();
  return <Tag color={COLOURS[value] ?? "red"}>{word("verdict", value)}</Tag>;
}

/** One notice: its verdict in words, its headers, and its body byte for byte. */
function Told({ callback }: { callback: Callback }) {
  const say = useSay();
  const word = useWord();
  const isMoney = callback.verdict === "accepted" || callback.verdict === "late";
  return (
    <>
      <Alert
        type={isMoney ? "success" : COLOURS[callback.verdict] ? "info" : "error"}
        showIcon
        title={word("verdict", callback.verdict)}
        description={word("verdict_why", callback.verdict)}
      />
      <dl className="sums told">
        <dt>{say("payment.provider")}</dt>
        <dd>{word("method", callback.provider)}</dd>
        <dt>{say("payment.at")}</dt>
        <dd>{when(callback.received_at)}</dd>
        <dt>{say("payment.notification")}</dt>
        <dd>
          <code>{callback.notification_id}</code>
        </dd>
        <dt>{say("payment.signature")}</dt>
        <dd>{say("payment.signature_good")}</dd>
        {callback.order_id && (
          <>
            <dt>{say("payment.order")}</dt>
            <dd>
              <Link to={`/orders/${callback.order_id}`}>{say("payment.open_order")}</Link>
            </dd>
          </>
        )}
      </dl>
      <h4>{say("payment.headers")}</h4>
      <pre className="json">{JSON.stringify(callback.headers, null, 2)}</pre>
      <h4>{say("payment.body")}</h4>
      <pre className="json">{callback.body}</pre>
    </>
  );
}
