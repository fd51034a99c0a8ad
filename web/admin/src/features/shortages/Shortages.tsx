import { Space, Tag } from "antd";
import { type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { SkuName, useSkuText, useWarehouses, WarehouseName } from "../names";

type Shortage = Schema<"StockShortage">;
type Demand = Schema<"Demand">;

/** Where the missing pieces could come from, and the transfers that bring them, a click away. */
function From({ shortage: s }: { shortage: Shortage }) {
  const say = useSay();
  return (
    <Space wrap>
      {s.here > 0 && <Tag>{say("short.here", { qty: s.here })}</Tag>}
      {s.on_the_way > 0 && <Tag color="blue">{say("short.on_the_way", { qty: s.on_the_way })}</Tag>}
      {s.transfers.map((each) => (
        <Space key={each.warehouse_id} size={4}>
          <span>
            <WarehouseName id={each.warehouse_id} /> × {each.qty}
          </span>
          <ActionButton
            action="inventory.send_transfer"
            grant="inventory.transfer"
            label={say("short.transfer")}
            button={{ size: "small" }}
            given={{
              from_warehouse_id: each.warehouse_id,
              to_warehouse_id: s.warehouse_id,
              reference: s.numbers[0] ?? "-",
              lines: [{ sku_id: s.sku_id, qty: each.qty }],
            }}
          />
        </Space>
      ))}
      {s.to_buy > 0 && <Tag color="orange">{say("short.to_buy", { qty: s.to_buy })}</Tag>}
    </Space>
  );
}

export function Shortages() {
  const say = useSay();
  const skuText = useSkuText();
  const warehouses = useWarehouses();
  const named = (id: string) => warehouses.find((each) => each.id === id)?.name ?? id;
  const columns: Column<Shortage>[] = [
    { key: "sku", title: say("stock.sku"), render: (s) => <SkuName id={s.sku_id} />, text: (s) => skuText(s.sku_id) },
    { key: "warehouse", title: say("stock.warehouse"), render: (s) => <WarehouseName id={s.warehouse_id} />, text: (s) => named(s.warehouse_id) },
    { key: "pieces", title: say("short.pieces"), align: "right", render: (s) => <b>{s.pieces}</b>, text: (s) => s.pieces },
    { key: "orders", title: say("short.orders"), align: "right", render: (s) => <span title={s.numbers.join(" ")}>{s.orders}</span>, text: (s) => s.orders },
    { key: "first", title: say("short.first"), render: (s) => when(s.first), text: (s) => when(s.first) },
    {
      key: "from",
      title: say("short.from"),
      render: (s) => <From shortage={s} />,
      text: (s) => s.transfers.map((each) => `${named(each.warehouse_id)} ${each.qty}`).join("; "),
    },
    { key: "to_buy", title: say("short.buy"), align: "right", isHidden: true, render: (s) => s.to_buy, text: (s) => s.to_buy },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.shortages")}</h1>
      </div>
      <CrudTable<Shortage>
        name="shortages"
        path="/api/v1/orders/shortages"
        columns={columns}
        rowKey={(s) => `${s.sku_id} ${s.warehouse_id}`}
        empty={say("short.empty")}
        refetchMs={5_000}
      />
      <Demands />
    </>
  );
}

/** What must be bought because orders wait for it, and what of it was ordered at a supplier. */
function Demands() {
  const say = useSay();
  const word = useWord();
  const skuText = useSkuText();
  const columns: Column<Demand>[] = [
    { key: "number", title: say("demand.number"), render: (d) => d.number, text: (d) => d.number },
    { key: "sku", title: say("stock.sku"), render: (d) => <SkuName id={d.sku_id} />, text: (d) => skuText(d.sku_id) },
    { key: "warehouse", title: say("stock.warehouse"), render: (d) => <WarehouseName id={d.warehouse_id} />, text: (d) => d.warehouse_id },
    { key: "qty", title: say("demand.qty"), align: "right", render: (d) => <b>{d.qty}</b>, text: (d) => d.qty },
    { key: "orders", title: say("short.orders"), align: "right", render: (d) => <span title={d.numbers.join(" ")}>{d.orders}</span>, text: (d) => d.orders },
    { key: "state", title: say("demand.state"), render: (d) => <Tag>{word("demand", d.state)}</Tag>, text: (d) => word("demand", d.state) },
    {
      key: "ordered",
      title: say("demand.ordered_at"),
      render: (d) => (d.state === "ordered" ? `${d.reference} × ${d.ordered_qty} ${d.expected_on ?? ""}` : ""),
      text: (d) => d.reference,
    },
    {
      key: "doing",
      title: "",
      text: () => "",
      render: (d) =>
        d.state !== "closed" && (
          <ActionButton
            action="orders.order_demand"
            grant="orders.plan_demands"
            label={say("demand.order")}
            button={{ size: "small" }}
            given={{ demand_id: d.id }}
          />
        ),
    },
  ];
  return (
    <>
      <h2>{say("demand.title")}</h2>
      <CrudTable<Demand> name="demands" path="/api/v1/orders/demands" columns={columns} rowKey={(d) => d.id} empty={say("demand.empty")} refetchMs={5_000} />
    </>
  );
}
