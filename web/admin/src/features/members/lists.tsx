import { Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { State } from "../orders/parts";

type Order = Schema<"Order">;
type Line = Schema<"PointsLine">;
type Coupon = Schema<"Coupon">;

export function MemberOrders({ customer }: { customer: string }) {
  const say = useSay();
  const go = useNavigate();
  const columns: Column<Order>[] = [
    { key: "number", title: say("order.number"), render: (o) => <b>{o.number}</b>, text: (o) => o.number },
    { key: "status", title: say("order.status"), render: (o) => <State kind="status" value={o.status} />, text: (o) => o.status },
    { key: "paid", title: say("order.payment_status"), render: (o) => <State kind="pay" value={o.payment_status} />, text: (o) => o.payment_status },
    { key: "total", title: say("order.total"), align: "right", render: (o) => <Money minor={o.total_minor} currency={o.currency} />, text: (o) => major(o.total_minor, o.currency) },
    { key: "at", title: say("order.placed_at"), render: (o) => <span className="soft">{when(o.placed_at)}</span>, text: (o) => when(o.placed_at) },
  ];
  return <CrudTable<Order> name="member-orders" path="/api/v1/orders" columns={columns} rowKey={(o) => o.id} query={{ customer_id: customer }} onOpen={(o) => void go(`/orders/${o.id}`)} empty={say("customer.no_orders")} />;
}

/** 积分明细: what came and went, with what there was then. */
export function PointsLines({ customer }: { customer: string }) {
  const say = useSay();
  const word = useWord();
  const columns: Column<Line>[] = [
    { key: "at", title: say("stock.at"), render: (l) => <span className="soft">{when(l.at)}</span>, text: (l) => when(l.at) },
    { key: "kind", title: say("customer.kind"), render: (l) => word("points", l.kind), text: (l) => word("points", l.kind) },
    { key: "points", title: say("customer.points"), align: "right", render: (l) => <b className={l.points < 0 ? "overdue" : undefined}>{l.points > 0 ? `+${l.points}` : l.points}</b>, text: (l) => l.points },
    { key: "balance", title: say("customer.balance"), align: "right", render: (l) => l.balance, text: (l) => l.balance },
    { key: "last", title: say("customer.last_day"), render: (l) => l.last_day ?? "–", text: (l) => l.last_day },
    { key: "reason", title: say("payment.reason"), render: (l) => l.reason || "–", text: (l) => l.reason },
  ];
  return <CrudTable<Line> name="points-lines" path={`/api/v1/customers/${customer}/points/lines`} columns={columns} rowKey={(l) => `${l.doc} ${l.cause} ${l.kind} ${l.points} ${l.balance}`} empty={say("customer.no_points")} />;
}

export function MemberCoupons({ customer }: { customer: string }) {
  const say = useSay();
  const word = useWord();
  const lang = useLang();
  const name = (c: Coupon) => (lang === "en" && c.name_en) || c.name;
  const columns: Column<Coupon>[] = [
    { key: "name", title: say("ledger.name"), render: (c) => <b>{name(c)}</b>, text: name },
    { key: "code", title: say("customer.code"), render: (c) => (c.code_tail ? <code>…{c.code_tail}</code> : "–"), text: (c) => c.code_tail },
    { key: "status", title: say("filter.status"), render: (c) => <Tag color={c.status === "usable" ? "green" : undefined}>{word("coupon_status", c.status)}</Tag>, text: (c) => word("coupon_status", c.status) },
    { key: "from", title: say("customer.valid_from"), render: (c) => <span className="soft">{when(c.valid_from)}</span>, text: (c) => when(c.valid_from) },
    { key: "to", title: say("customer.valid_to"), render: (c) => <span className="soft">{c.valid_to ? when(c.valid_to) : "–"}</span>, text: (c) => c.valid_to },
  ];
  return <CrudTable<Coupon> name="member-coupons" path={`/api/v1/customers/${customer}/coupons`} columns={columns} rowKey={(c) => c.id} empty={say("customer.no_coupons")} />;
}
