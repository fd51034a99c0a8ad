import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton, Space, Statistic, Tag } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { TabsHere } from "../../ui/TabsHere";
import { isWrong, Wrong } from "../../ui/Wrong";
import { PickWarehouse, SkuName, useSkuText, useWorkingWarehouse } from "../names";

type InBin = Schema<"InBin">;
type Unplaced = Schema<"Unplaced">;
type Count = Schema<"StockCount">;

const percent = (bp: number | null | undefined) => (bp == null ? "–" : `${(bp / 100).toFixed(2)} %`);

/** How far the book was right where it was counted, against what it should be, day by day. */
function Accuracy({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const told = useQuery({
    queryKey: ["accuracy", warehouse],
    queryFn: () => given(api.GET("/api/v1/warehouse/accuracy", { params: { query: { warehouse_id: warehouse, days: 90 } } })),
  });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return null;
  const { accuracy_bp: bp, target_bp: target, counted, off, days } = told.data;
  return (
    <Card size="small">
      <Space size="large" wrap align="start">
        <Statistic title={say("floor.accuracy")} value={percent(bp)} />
        <Statistic title={say("floor.target")} value={percent(target)} />
        <Statistic title={say("floor.counted")} value={counted} />
        <Statistic title={say("floor.off")} value={off} />
        <Space wrap>
          {days.map((day) => (
            <Tag key={day.on} color={(day.accuracy_bp ?? 0) >= target ? "green" : "orange"}>
              {day.on} {percent(day.accuracy_bp)}
            </Tag>
          ))}
        </Space>
      </Space>
    </Card>
  );
}

function InBins({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const skuText = useSkuText();
  const columns: Column<InBin>[] = [
    { key: "sku", title: say("stock.sku"), render: (each) => <SkuName id={each.sku_id} />, text: (each) => skuText(each.sku_id) },
    { key: "bin", title: say("floor.bin"), render: (each) => <code>{each.code}</code>, text: (each) => each.code },
    { key: "kind", title: say("floor.kind"), render: (each) => word("bin", each.kind), text: (each) => word("bin", each.kind) },
    { key: "lot", title: say("floor.lot"), render: (each) => each.lot || "–", text: (each) => each.lot },
    { key: "expires", title: say("floor.expires"), render: (each) => each.expires_on ?? "–", text: (each) => each.expires_on },
    { key: "bucket", title: say("stock.bucket"), render: (each) => word("bucket", each.bucket), text: (each) => word("bucket", each.bucket) },
    { key: "on_hand", title: say("stock.on_hand"), align: "right", render: (each) => <b>{each.on_hand}</b>, text: (each) => each.on_hand },
    { key: "held", title: say("stock.held"), align: "right", render: (each) => each.held, text: (each) => each.held },
  ];
  return (
    <CrudTable<InBin>
      name="in-bins"
      empty={say("floor.no_bins")}
      path="/api/v1/warehouse/in-bins"
      columns={columns}
      rowKey={(each) => `${each.bin_id} ${each.sku_id} ${each.bucket} ${each.lot}`}
      query={{ warehouse_id: warehouse }}
      filters={<ActionButton action="warehouse.move_bins" grant="warehouse.move_pieces" label={say("floor.move")} given={{ warehouse_id: warehouse }} />}
    />
  );
}

function Waiting({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const skuText = useSkuText();
  const columns: Column<Unplaced>[] = [
    { key: "sku", title: say("stock.sku"), render: (each) => <SkuName id={each.sku_id} />, text: (each) => skuText(each.sku_id) },
    { key: "bucket", title: say("stock.bucket"), render: (each) => word("bucket", each.bucket), text: (each) => word("bucket", each.bucket) },
    { key: "on_hand", title: say("stock.on_hand"), align: "right", render: (each) => each.on_hand, text: (each) => each.on_hand },
    { key: "in_bins", title: say("floor.in_bins"), align: "right", render: (each) => each.in_bins, text: (each) => each.in_bins },
    { key: "unplaced", title: say("floor.unplaced"), align: "right", render: (each) => <b>{each.unplaced}</b>, text: (each) => each.unplaced },
  ];
  return (
    <CrudTable<Unplaced>
      name="unplaced"
      empty={say("floor.no_unplaced")}
      path="/api/v1/warehouse/unplaced"
      columns={columns}
      rowKey={(each) => `${each.sku_id} ${each.bucket} ${each.owner_id}`}
      query={{ warehouse_id: warehouse }}
      filters={<ActionButton action="warehouse.put_away" grant="warehouse.move_pieces" label={say("floor.put_away")} given={{ warehouse_id: warehouse }} />}
    />
  );
}

function Counts({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const bins = (each: Count) => each.bins ?? [];
  const counted = (each: Count) => bins(each).filter((bin) => bin.rounds > 0).length;
  const columns: Column<Count>[] = [
    { key: "number", title: say("floor.number"), render: (each) => <code>{each.number}</code>, text: (each) => each.number },
    { key: "kind", title: say("floor.kind"), render: (each) => word("count", each.kind), text: (each) => word("count", each.kind) },
    { key: "status", title: say("floor.status"), render: (each) => word("count", each.status), text: (each) => word("count", each.status) },
    { key: "bins", title: say("floor.bins"), align: "right", render: (each) => `${counted(each)} / ${bins(each).length}`, text: (each) => bins(each).length },
    { key: "opened", title: say("floor.opened"), render: (each) => when(each.opened_at), text: (each) => when(each.opened_at) },
    {
      key: "approve",
      title: "",
      render: (each) =>
        each.status === "open" && <ActionButton action="warehouse.approve_count" label={say("floor.approve")} given={{ count_id: each.id }} button={{ size: "small" }} />,
      text: () => "",
    },
  ];
  return (
    <CrudTable<Count>
      name="counts"
      empty={say("desk.no_counts")}
      path="/api/v1/warehouse/counts"
      columns={columns}
      rowKey={(each) => each.id}
      query={{ warehouse_id: warehouse }}
      filters={<ActionButton action="warehouse.open_count" label={say("floor.open_count")} given={{ warehouse_id: warehouse }} />}
    />
  );
}

/** What lies where in a warehouse, what waits to be put away, what was counted, and how right the book was. */
export function Floor() {
  const say = useSay();
  const [warehouse, choose] = useWorkingWarehouse();
  return (
    <>
      <div className="head">
        <h1>{say("nav.floor")}</h1>
        <PickWarehouse value={warehouse} onChange={choose} />
      </div>
      {warehouse ? (
        <>
          <Accuracy warehouse={warehouse} />
          <TabsHere
            items={[
              { key: "bins", label: say("floor.tab.bins"), children: <InBins warehouse={warehouse} /> },
              { key: "unplaced", label: say("floor.tab.unplaced"), children: <Waiting warehouse={warehouse} /> },
              { key: "counts", label: say("floor.tab.counts"), children: <Counts warehouse={warehouse} /> },
            ]}
          />
        </>
      ) : (
        <Skeleton active />
      )}
    </>
  );
}
