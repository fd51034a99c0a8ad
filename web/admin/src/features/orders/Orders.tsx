import { Select, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { BatchButton } from "../../ui/BatchButton";
import { SearchFilter } from "../../ui/SearchFilter";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { PickShop, ShopName, useShops } from "../names";
import { State } from "./parts";

type Order = Schema<"Order">;
const STATUSES = ["placed", "part_shipped", "shipped", "signed", "canceled"] as const;

export function useOrderColumns(): Column<Order>[] {
  const say = useSay();
  const shops = useShops();
  const word = useWord();
  return [
    {
      key: "number",
      title: say("order.number"),
      render: (o) => (
        <>
          <b>{o.number}</b> {o.held_back && <Tag color="red">{say("order.held")}</Tag>}
        </>
      ),
      text: (o) => o.number,
    },
    { key: "external_no", title: say("order.external_no"), render: (o) => o.external_no, text: (o) => o.external_no },
    { key: "shop", title: say("order.shop"), render: (o) => <ShopName id={o.shop_id} />, text: (o) => shops.find((each) => each.id === o.shop_id)?.name },
    { key: "status", title: say("order.status"), render: (o) => <State kind="status" value={o.status} />, text: (o) => word("status", o.status) },
    { key: "payment", title: say("order.payment_status"), render: (o) => <State kind="pay" value={o.payment_status} />, text: (o) => word("pay", o.payment_status) },
    { key: "total", title: say("order.total"), align: "right", render: (o) => <Money minor={o.total_minor} currency={o.currency} />, text: (o) => major(o.total_minor, o.currency) },
    { key: "paid", title: say("order.paid"), align: "right", render: (o) => <Money quiet minor={o.paid_minor} currency={o.currency} />, text: (o) => major(o.paid_minor, o.currency) },
    { key: "refunded", title: say("order.refunded"), align: "right", isHidden: true, render: (o) => <Money quiet minor={o.refunded_minor} currency={o.currency} />, text: (o) => major(o.refunded_minor, o.currency) },
    { key: "terms", title: say("order.terms"), isHidden: true, render: (o) => word("order.terms", o.terms), text: (o) => word("order.terms", o.terms) },
    { key: "placed_at", title: say("order.placed_at"), render: (o) => <span className="soft">{when(o.placed_at)}</span>, text: (o) => when(o.placed_at) },
  ];
}

export function Orders() {
  const say = useSay();
  const go = useNavigate();
  const columns = useOrderColumns();
  const [status, setStatus] = useFilter("status");
  const [shop, setShop] = useFilter("shop_id");
  const [number] = useFilter("number");
  return (
    <>
      <div className="head">
        <h1>{say("nav.orders")}</h1>
      </div>
      <CrudTable<Order>
        name="orders"
        path="/api/v1/orders"
        columns={columns}
        rowKey={(o) => o.id}
        query={{ status, shop_id: shop, number }}
        onOpen={(o) => void go(`/orders/${o.id}`)}
        refetchMs={15_000}
        batch={(chosen, clear) => {
          const targets = chosen.map((o) => ({ key: o.id, title: o.number, input: { order_id: o.id } }));
          return (
            <>
              <BatchButton action="orders.audit" label={say("action.audit")} targets={targets} onDone={clear} />
              <BatchButton action="orders.release" label={say("action.release")} targets={targets} onDone={clear} />
              <BatchButton action="orders.hold" label={say("action.hold")} targets={targets} onDone={clear} />
              <BatchButton action="orders.cancel" label={say("action.cancel_order")} targets={targets} onDone={clear} isDanger />
            </>
          );
        }}
        filters={
          <>
            <SearchFilter name="number" placeholder={say("filter.number")} />
            <Select
              allowClear
              aria-label={say("filter.status")} placeholder={say("filter.status")}
              value={status}
              onChange={setStatus}
              options={STATUSES.map((each) => ({ value: each, label: say(`status.${each}`) }))}
              style={{ minWidth: 130 }}
            />
            <PickShop value={shop} onChange={setShop} />
          </>
        }
      />
    </>
  );
}
