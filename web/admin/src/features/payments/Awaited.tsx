import { Select, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { ShopName, useShops } from "../names";

type Authorization = Schema<"Authorization">;

const STATUSES = ["authorized", "paid", "released"];

/** Orders that may leave before their money has come: on account, or collected by the courier. */
export function Awaited() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const shops = useShops();
  const [status, setStatus] = useFilter("waits");
  const columns: Column<Authorization>[] = [
    { key: "kind", title: say("payment.kind"), render: (a) => <b>{word("defer", a.kind)}</b>, text: (a) => word("defer", a.kind) },
    { key: "shop", title: say("filter.shop"), render: (a) => <ShopName id={a.shop_id} />, text: (a) => shops.find((each) => each.id === a.shop_id)?.name },
    { key: "amount", title: say("payment.amount"), align: "right", render: (a) => <Money minor={a.amount_minor} currency={a.currency} />, text: (a) => major(a.amount_minor, a.currency) },
    { key: "open", title: say("payment.open"), align: "right", render: (a) => <b><Money minor={a.open_minor} currency={a.currency} /></b>, text: (a) => major(a.open_minor, a.currency) },
    { key: "due", title: say("payment.due"), render: (a) => a.due_on ?? "–", text: (a) => a.due_on },
    { key: "status", title: say("filter.status"), render: (a) => <Tag color={a.status === "paid" ? "green" : a.status === "authorized" ? "gold" : undefined}>{word("authorization", a.status)}</Tag>, text: (a) => word("authorization", a.status) },
    { key: "at", title: say("payment.at"), render: (a) => <span className="soft">{when(a.authorized_at)}</span>, text: (a) => when(a.authorized_at) },
  ];
  return (
    <CrudTable<Authorization>
      name="awaited"
      path="/api/v1/payments/authorizations"
      columns={columns}
      rowKey={(a) => a.id}
      query={{ status }}
      onOpen={(a) => void go(`/orders/${a.order_id}`)}
      empty={say("payment.none_awaited")}
      filters={
        <Select allowClear aria-label={say("filter.status")} placeholder={say("filter.status")} value={status} onChange={setStatus} options={STATUSES.map((each) => ({ value: each, label: word("authorization", each) }))} style={{ minWidth: 130 }} />
      }
    />
  );
}
