import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { Why } from "../../ui/Why";
import { Wrong } from "../../ui/Wrong";
import { PickWarehouse, SkuName, useCurrencyOf, useSkuText, useWarehouses, WarehouseName } from "../names";

type Level = Schema<"StockLevel">;

/** The last moves of a SKU: how its stock came to be what it is. */
function Moves({ skuId }: { skuId: string }) {
  const word = useWord();
  const moves = useQuery({
    queryKey: ["movements", skuId],
    queryFn: () => given(api.GET("/api/v1/skus/{sku_id}/movements", { params: { path: { sku_id: skuId }, query: { limit: 20 } } })),
  });
  if (moves.error) return <Wrong error={moves.error} onRetry={() => void moves.refetch()} />;
  if (!moves.data) return <Skeleton active />;
  return (
    <table>
      <tbody>
        {moves.data.map((each, index) => (
          <tr key={index}>
            <td className="soft">{when(each.at)}</td>
            <td>
              {each.warehouse} · {each.kind} · {word("bucket", each.from_bucket)} → {word("bucket", each.to_bucket)}
              <br />
              <small className="soft">{each.doc}</small>
            </td>
            <td>{each.qty}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What stock is worth, in the currency of its books; nothing where the reader may not know which. */
function Value({ minor, currency }: { minor: number; currency: string | undefined }) {
  return currency ? <Money quiet minor={minor} currency={currency} /> : <>–</>;
}

export function Stock() {
  const say = useSay();
  const warehouses = useWarehouses();
  const skuText = useSkuText();
  const currencyOf = useCurrencyOf();
  const [warehouse, setWarehouse] = useFilter("warehouse_id");
  const word = useWord();
  const bucket = (name: string) => word("bucket", name);
  const number = (level: Level, value: number) => (
    <Why title={say("stock.why")} answer={<Moves skuId={level.sku_id} />}>
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
    { key: "bucket", title: say("stock.bucket"), render: (l) => bucket(l.bucket), text: (l) => bucket(l.bucket) },
    { key: "on_hand", title: say("stock.on_hand"), align: "right", render: (l) => number(l, l.on_hand), text: (l) => l.on_hand },
    { key: "held", title: say("stock.held"), align: "right", render: (l) => number(l, l.held), text: (l) => l.held },
    { key: "available", title: say("stock.available"), align: "right", render: (l) => <b>{number(l, l.available)}</b>, text: (l) => l.available },
    { key: "value", title: say("stock.value"), align: "right", render: (l) => <Value minor={l.value_minor} currency={currencyOf(l.warehouse_id)} />, text: (l) => exported(l) },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.stock")}</h1>
      </div>
      <CrudTable<Level>
        name="stock"
        path="/api/v1/stock"
        columns={columns}
        rowKey={(l) => `${l.sku_id} ${l.warehouse_id} ${l.bucket} ${l.lot}`}
        query={{ warehouse_id: warehouse }}
        filters={<PickWarehouse value={warehouse} onChange={setWarehouse} />}
      />
    </>
  );
}
