import { Select, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { SearchFilter } from "../../ui/SearchFilter";
import { PickShop } from "../names";
import { METHODS } from "./methods";

type Payment = Schema<"Payment">;

/** A refund that was recorded by what it is for (a return, say) has no number of a provider. */
const isOurs = (p: Payment): boolean => /^[a-z_]+:[0-9a-f-]{36}$/.test(p.reference);

/** Every payment and refund that was recorded; one leads to its order. */
export function Moved() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const [kind, setKind] = useFilter("kind");
  const [method, setMethod] = useFilter("method");
  const [shop, setShop] = useFilter("shop_id");
  const [q] = useFilter("q");
  const ours = (p: Payment) => word("paid_by", p.reference.split(":")[0] ?? "");
  const named = (p: Payment) => say(p.kind === "refund" ? "payment.refund" : "payment.received");
  const columns: Column<Payment>[] = [
    { key: "number", title: say("payment.number"), render: (p) => <b>{p.number}</b>, text: (p) => p.number },
    { key: "kind", title: say("payment.kind"), render: (p) => <Tag color={p.kind === "refund" ? "orange" : "green"}>{named(p)}</Tag>, text: named },
    { key: "method", title: say("payment.method"), render: (p) => word("method", p.method), text: (p) => word("method", p.method) },
    { key: "reference", title: say("payment.reference"), render: (p) => (isOurs(p) ? <span className="soft">{ours(p)}</span> : <code>{p.reference}</code>), text: (p) => (isOurs(p) ? ours(p) : p.reference) },
    { key: "amount", title: say("payment.amount"), align: "right", render: (p) => <Money minor={p.kind === "refund" ? -p.amount_minor : p.amount_minor} currency={p.currency} />, text: (p) => major(p.kind === "refund" ? -p.amount_minor : p.amount_minor, p.currency) },
    { key: "at", title: say("payment.at"), render: (p) => <span className="soft">{when(p.at)}</span>, text: (p) => when(p.at) },
  ];
  return (
    <CrudTable<Payment>
      name="payments"
      path="/api/v1/payments"
      columns={columns}
      rowKey={(p) => p.id}
      query={{ kind, method, shop_id: shop, q }}
      onOpen={(p) => void go(`/orders/${p.order_id}`)}
      empty={say("payment.none")}
      refetchMs={15_000}
      filters={
        <>
          <SearchFilter name="q" placeholder={say("payment.find")} />
          <Select
            allowClear
            aria-label={say("payment.kind")}
            placeholder={say("payment.kind")}
            value={kind}
            onChange={setKind}
            options={[
              { value: "payment", label: say("payment.received") },
              { value: "refund", label: say("payment.refund") },
            ]}
            style={{ minWidth: 110 }}
          />
          <Select
            allowClear
            aria-label={say("payment.method")}
            placeholder={say("payment.method")}
            value={method}
            onChange={setMethod}
            options={METHODS.map((each) => ({ value: each, label: word("method", each) }))}
            style={{ minWidth: 130 }}
          />
          <PickShop value={shop} onChange={setShop} />
        </>
      }
    />
  );
}
