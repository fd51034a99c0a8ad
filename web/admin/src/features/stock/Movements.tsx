import { Select, Tag } from "antd";
import type { Schema } from "../../api/client";
import { useActionWord } from "../../api/forms";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { useWho } from "../../ui/Named";
import { when } from "../../ui/format";
import { PickWarehouse, SkuName, useSkuText, useWarehouses, WarehouseName } from "../names";
import { BUCKETS, SkuFilter } from "./filters";

type Move = Schema<"StockMove">;

const COLOURS: Record<string, string> = { hold: "gold", release: "default", settle: "blue", post: "green" };

/** The ledger of pieces: every transfer, the newest first, with its document and who set it in motion. */
export function Movements() {
  const say = useSay();
  const word = useWord();
  const who = useWho();
  const actionWord = useActionWord();
  const skuText = useSkuText();
  const warehouses = useWarehouses();
  const [sku] = useFilter("sku_id");
  const [warehouse, setWarehouse] = useFilter("warehouse_id");
  const [bucket, setBucket] = useFilter("bucket");
  const way = (m: Move) => `${word("bucket", m.from_bucket)} → ${word("bucket", m.to_bucket)}`;
  const columns: Column<Move>[] = [
    { key: "at", title: say("stock.at"), render: (m) => <span className="soft">{when(m.at)}</span>, text: (m) => when(m.at) },
    { key: "sku", title: say("stock.sku"), render: (m) => <SkuName id={m.sku_id} />, text: (m) => skuText(m.sku_id) },
    { key: "warehouse", title: say("stock.warehouse"), render: (m) => (m.warehouse_id ? <WarehouseName id={m.warehouse_id} /> : "–"), text: (m) => warehouses.find((each) => each.id === m.warehouse_id)?.name },
    { key: "kind", title: say("stock.kind"), render: (m) => <Tag color={COLOURS[m.kind]}>{word("move", m.kind)}</Tag>, text: (m) => word("move", m.kind) },
    { key: "way", title: say("stock.way"), render: way, text: way },
    { key: "qty", title: say("stock.qty"), align: "right", render: (m) => <b>{m.qty}</b>, text: (m) => m.qty },
    { key: "by", title: say("by"), render: (m) => `${who(m.by)} · ${word("door", m.door)}`, text: (m) => who(m.by) },
    { key: "action", title: say("log.action"), render: (m) => <span className="wraps" title={m.action}>{actionWord(m.action)}</span>, text: (m) => actionWord(m.action) },
    { key: "doc", title: say("stock.doc"), isHidden: true, render: (m) => <code>{m.doc}</code>, text: (m) => m.doc },
  ];
  return (
    <CrudTable<Move>
      name="movements"
      path="/api/v1/inventory/movements"
      columns={columns}
      rowKey={(m) => String(m.id)}
      query={{ sku_id: sku, warehouse_id: warehouse, bucket }}
      empty={say("stock.no_moves")}
      refetchMs={30_000}
      filters={
        <>
          <SkuFilter />
          <PickWarehouse value={warehouse} onChange={setWarehouse} />
          <Select allowClear aria-label={say("stock.bucket")} placeholder={say("stock.bucket")} value={bucket} onChange={setBucket} options={BUCKETS.map((each) => ({ value: each, label: word("bucket", each) }))} style={{ minWidth: 120 }} />
        </>
      }
    />
  );
}
