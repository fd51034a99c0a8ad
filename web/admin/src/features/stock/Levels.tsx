import { useQuery } from "@tanstack/react-query";
import { Select, Skeleton, Space } from "antd";
import { Link } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useActionWord } from "../../api/forms";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { useWho } from "../../ui/Named";
import { Why } from "../../ui/Why";
import { isWrong, Wrong } from "../../ui/Wrong";
import { PickWarehouse, SkuName, useCurrencyOf, useSkuText, useWarehouses, WarehouseName } from "../names";
import { BUCKETS, SkuFilter } from "./filters";

type Level = Schema<"StockLevel">;

const LOW = "10";

/** The last moves of a SKU: how its stock came to be what it is. */
function Moves({ level }: { level: Level }) {
  const say = useSay();
  const who = useWho();
  const actionWord = useActionWord();
  const word = useWord();
  const query = { sku_id: level.sku_id, warehouse_id: level.warehouse_id, bucket: level.bucket };
  const moves = useQuery({
    queryKey: ["movements", query],
    queryFn: () => given(api.GET("/api/v1/inventory/movements", { params: { query: { ...query, limit: 12 } } })),
  });
  if (isWrong(moves)) return <Wrong error={moves.error} onRetry={() => void moves.refetch()} />;
  if (!moves.data) return <Skeleton active />;
  return (
    <>
      <p className="soft">{say("stock.formula", { on_hand: level.on_hand, held: level.held, floor: level.floor, available: level.available })}</p>
      <table>
        <tbody>
          {moves.data.items.map((each) => (
            <tr key={each.id}>
              <td className="soft">{when(each.at)}</td>
              <td>
                {word("move", each.kind)} · {word("bucket", each.from_bucket)} → {word("bucket", each.to_bucket)}
                <br />
                <small className="soft">
                  {who(each.by)} · {actionWord(each.action)}
                </small>
              </td>
              <td>{each.qty}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Link to={`/stock?tab=movements&sku_id=${level.sku_id}&warehouse_id=${level.warehouse_id}`}>{say("stock.all_moves")}</Link>
    </>
  );
}

/** What stock is worth, in the currency of its books; nothing where the reader may not know which. */
function Value({ minor, currency }: { minor: number; currency: string | undefined }) {
  return currency ? <Money quiet minor={minor} currency={currency} /> : <>–</>;
}

/** Stock by SKU, warehouse and bucket; each number says how it came to be. */
export function Levels() {
  const say = useSay();
  const word = useWord();
  const warehouses = useWarehouses();
  const skuText = useSkuText();
  const currencyOf = useCurrencyOf();
  const [warehouse, setWarehouse] = useFilter("warehouse_id");
  const [sku] = useFilter("sku_id");
  const [bucket, setBucket] = useFilter("bucket");
  const [low, setLow] = useFilter("at_most");
  const number = (level: Level, value: number) => (
    <Why title={say("stock.why_here")} answer={<Moves level={level} />}>
      {value}
    </Why>
  );
  const exported = (level: Level) => {
    const currency = currencyOf(level.warehouse_id);
    return currency && major(level.value_minor, currency);
  };
  const columns: Column<Level>[] = [
    { key: "sku", title: say("stock.sku"), render: (l) => <SkuName id={l.sku_id} />, text: (l) => skuText(l.sku_id) },
    { key: "warehouse", title: say("stock.warehouse"), render: (l) => <WarehouseName id={l.warehouse_id} />, text: (l) => warehouses.find((each) => each.id === l.warehouse_id)?.name },
    { key: "bucket", title: say("stock.bucket"), render: (l) => word("bucket", l.bucket), text: (l) => word("bucket", l.bucket) },
    { key: "on_hand", title: say("stock.on_hand"), align: "right", render: (l) => number(l, l.on_hand), text: (l) => l.on_hand },
    { key: "held", title: say("stock.held"), align: "right", render: (l) => number(l, l.held), text: (l) => l.held },
    { key: "floor", title: say("stock.floor"), align: "right", isHidden: true, render: (l) => number(l, l.floor), text: (l) => l.floor },
    { key: "available", title: say("stock.available"), align: "right", render: (l) => <b className={l.available <= 0 ? "overdue" : undefined}>{number(l, l.available)}</b>, text: (l) => l.available },
    { key: "value", title: say("stock.value"), align: "right", render: (l) => <Value minor={l.value_minor} currency={currencyOf(l.warehouse_id)} />, text: exported },
    {
      key: "doing",
      title: "",
      align: "right",
      render: (l) => l.bucket === "sellable" && <ActionButton action="inventory.set_safety" grant="inventory.manage" label={say("stock.set_safety")} given={{ warehouse_id: l.warehouse_id, sku_id: l.sku_id }} button={{ size: "small", type: "text" }} />,
      text: () => "",
    },
  ];
  return (
    <CrudTable<Level>
      name="stock"
      path="/api/v1/stock"
      columns={columns}
      rowKey={(l) => `${l.sku_id} ${l.warehouse_id} ${l.bucket} ${l.lot}`}
      query={{ warehouse_id: warehouse, sku_id: sku, bucket, at_most: low }}
      refetchMs={30_000}
      filters={
        <>
          <SkuFilter />
          <PickWarehouse value={warehouse} onChange={setWarehouse} />
          <Select allowClear aria-label={say("stock.bucket")} placeholder={say("stock.bucket")} value={bucket} onChange={setBucket} options={BUCKETS.map((each) => ({ value: each, label: word("bucket", each) }))} style={{ minWidth: 120 }} />
          <Select
            allowClear
            aria-label={say("stock.low")}
            placeholder={say("stock.low")}
            value={low}
            onChange={setLow}
            options={["0", LOW, "50"].map((each) => ({ value: each, label: say("stock.at_most", { n: each }) }))}
            style={{ minWidth: 130 }}
          />
          <Space>
            <ActionButton action="inventory.adjust" label={say("stock.adjust")} />
            <ActionButton action="inventory.send_transfer" grant="inventory.transfer" label={say("stock.send")} />
          </Space>
        </>
      }
    />
  );
}
