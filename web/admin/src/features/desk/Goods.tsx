import { Space, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { Pieces } from "../../ui/Pieces";
import { SkuName, useSkuText, WarehouseName } from "../names";
import { Lines } from "./Lines";
import { PlannedLines } from "./PlannedLines";

type Notice = Schema<"ReceiptNotice">;
type Count = Schema<"StockCount">;
type Transfer = Schema<"TransferUnderWay">;
type Requested = Schema<"Requested">;

const linesOf = (notice: Notice) => notice.lines ?? [];
const binsOf = (count: Count) => count.bins ?? [];

/** What is to arrive, what did, and what is missing. */
export function Arrivals({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const sum = (notice: Notice, of: "expected" | "received") => linesOf(notice).reduce((all, line) => all + (line[of] ?? 0), 0);
  const columns: Column<Notice>[] = [
    { key: "number", title: say("desk.notice"), render: (n) => <b>{n.number}</b>, text: (n) => n.number },
    { key: "reference", title: say("desk.reference"), render: (n) => n.reference, text: (n) => n.reference },
    { key: "status", title: say("floor.status"), render: (n) => <Tag color={n.status === "open" ? "blue" : undefined}>{word("arrival", n.status)}</Tag>, text: (n) => word("arrival", n.status) },
    { key: "on", title: say("desk.expected_on"), render: (n) => n.expected_on ?? "–", text: (n) => n.expected_on },
    { key: "received", title: say("desk.received"), align: "right", render: (n) => `${sum(n, "received")} / ${sum(n, "expected")}`, text: (n) => sum(n, "received") },
    { key: "lines", title: say("desk.lines"), render: (n) => <NoticeLines notice={n} />, text: (n) => linesOf(n).length },
    {
      key: "do",
      title: "",
      render: (n) =>
        n.status === "open" && (
          <Space size={4}>
            <ReceiveButton notice={n} />
            <ActionButton action="warehouse.close_notice" grant="warehouse.notify_receipt" label={say("desk.close")} given={{ notice_id: n.id }} button={{ size: "small" }} />
          </Space>
        ),
      text: () => "",
    },
  ];
  return (
    <CrudTable<Notice>
      name="notices"
      empty={say("desk.no_notices")}
      path="/api/v1/warehouse/notices"
      columns={columns}
      rowKey={(n) => n.id}
      query={{ warehouse_id: warehouse }}
      refetchMs={10_000}
      filters={
        <ActionButton
          action="warehouse.notify_receipt"
          label={say("desk.notify")}
          given={{ warehouse_id: warehouse }}
          asks={{ fields: ["lines"], control: (tell) => <Lines extras={[{ name: "cost_minor", label: say("desk.cost"), kind: "money" }]} onChange={tell} /> }}
          button={{ type: "primary" }}
        />
      }
    />
  );
}

function NoticeLines({ notice }: { notice: Notice }) {
  return (
    <>
      {linesOf(notice).map((line) => (
        <div key={line.line}>
          <SkuName id={line.sku_id} /> {line.received ?? 0}/{line.expected}
        </div>
      ))}
    </>
  );
}

function ReceiveButton({ notice }: { notice: Notice }) {
  const say = useSay();
  const skuText = useSkuText();
  const rows = () => linesOf(notice).map((line) => ({ key: String(line.line), title: skuText(line.sku_id), max: 2 * line.expected, there: Math.max(0, line.expected - (line.received ?? 0)), names: { line: line.line } }));
  return (
    <ActionButton
      action="warehouse.receive_notice"
      grant="warehouse.receive"
      label={say("pda.receive")}
      given={{ notice_id: notice.id }}
      asks={{ fields: ["lines"], control: (tell) => <Pieces rows={rows()} head={say("desk.to_come")} onChange={tell} /> }}
      button={{ size: "small", type: "primary" }}
    />
  );
}

/** Counts; one opens with what is off in it, to be approved. */
export function Counts({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const columns: Column<Count>[] = [
    { key: "number", title: say("floor.number"), render: (c) => <b>{c.number}</b>, text: (c) => c.number },
    { key: "kind", title: say("floor.kind"), render: (c) => word("count", c.kind), text: (c) => word("count", c.kind) },
    { key: "status", title: say("floor.status"), render: (c) => <Tag color={c.status === "open" ? "blue" : undefined}>{word("count", c.status)}</Tag>, text: (c) => word("count", c.status) },
    { key: "bins", title: say("floor.bins"), align: "right", render: (c) => `${binsOf(c).filter((bin) => bin.rounds > 0).length} / ${binsOf(c).length}`, text: (c) => binsOf(c).length },
    { key: "opened", title: say("floor.opened"), render: (c) => when(c.opened_at), text: (c) => when(c.opened_at) },
  ];
  return (
    <CrudTable<Count>
      name="desk-counts"
      empty={say("desk.no_counts")}
      path="/api/v1/warehouse/counts"
      columns={columns}
      rowKey={(c) => c.id}
      query={{ warehouse_id: warehouse }}
      onOpen={(c) => void go(`/counts/${c.id}`)}
      refetchMs={10_000}
      filters={<ActionButton action="warehouse.open_count" label={say("floor.open_count")} given={{ warehouse_id: warehouse }} button={{ type: "primary" }} />}
    />
  );
}

/** Transfers that pickers fetch here: each leaves once it is picked, and can be called off until then. */
function PickedTransfers({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const isOpen = (r: Requested) => r.state === "waved" || r.state === "picked";
  const stateOf = (r: Requested) => (r.state === "picked" ? say("pda.ship.ready") : word("request", r.state));
  const columns: Column<Requested>[] = [
    { key: "number", title: say("desk.transfer"), render: (r) => <b>{r.number}</b>, text: (r) => r.number },
    { key: "reference", title: say("desk.reference"), render: (r) => r.reference, text: (r) => r.reference },
    { key: "to", title: say("desk.to"), render: (r) => <WarehouseName id={r.to_warehouse_id ?? ""} />, text: (r) => r.to_warehouse_id },
    { key: "state", title: say("floor.status"), render: (r) => <Tag color={isOpen(r) ? "blue" : undefined}>{stateOf(r)}</Tag>, text: stateOf },
    { key: "pieces", title: say("desk.pieces"), align: "right", render: (r) => r.pieces, text: (r) => r.pieces },
    {
      key: "do",
      title: "",
      render: (r) =>
        isOpen(r) && (
          <Space size={4}>
            <ActionButton action="warehouse.ship_transfer" grant="warehouse.transfer" label={say("desk.ship_transfer")} given={{ number: r.number }} button={{ size: "small", type: r.state === "picked" ? "primary" : "default" }} />
            <ActionButton action="warehouse.cancel_transfer" grant="warehouse.transfer" label={say("desk.cancel_transfer")} given={{ number: r.number }} button={{ size: "small" }} />
          </Space>
        ),
      text: () => "",
    },
  ];
  return (
    <CrudTable<Requested>
      name="picked-transfers"
      path="/api/v1/warehouse/requests"
      columns={columns}
      rowKey={(r) => r.doc}
      query={{ warehouse, transfers: "true" }}
      empty={say("desk.no_picked_transfers")}
      refetchMs={10_000}
      filters={<b>{say("desk.picked_transfers")}</b>}
    />
  );
}

/** What is on its way to here, and what is sent from here. */
export function Transfers({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const columns: Column<Transfer>[] = [
    { key: "number", title: say("desk.transfer"), render: (t) => <b>{t.number}</b>, text: (t) => t.number },
    { key: "reference", title: say("desk.reference"), render: (t) => t.reference, text: (t) => t.reference },
    { key: "from", title: say("desk.from"), render: (t) => <WarehouseName id={t.from_warehouse_id} />, text: (t) => t.from_warehouse_id },
    { key: "to", title: say("desk.to"), render: (t) => <WarehouseName id={t.warehouse_id} />, text: (t) => t.warehouse_id },
    { key: "pieces", title: say("desk.pieces"), align: "right", render: (t) => t.pieces, text: (t) => t.pieces },
    { key: "at", title: say("desk.sent"), render: (t) => when(t.at), text: (t) => when(t.at) },
    {
      key: "do",
      title: "",
      render: (t) =>
        t.warehouse_id === warehouse && (
          <Space size={4}>
            <ActionButton action="warehouse.arrive_in_bin" grant="warehouse.transfer" label={say("desk.arrive_in_bin")} given={{ document_id: t.id }} button={{ size: "small", type: "primary" }} />
            <ActionButton action="inventory.arrive_transfer" grant="inventory.transfer" label={say("desk.arrive")} given={{ document_id: t.id }} button={{ size: "small" }} />
          </Space>
        ),
      text: () => "",
    },
  ];
  return (
    <div className="stack">
      <CrudTable<Transfer>
        name="transfers"
        path="/api/v1/inventory/transfers"
        columns={columns}
        rowKey={(t) => t.id}
        empty={say("desk.no_transfers")}
        refetchMs={10_000}
        filters={
          <Space>
            <ActionButton
              action="warehouse.start_transfer"
              grant="warehouse.transfer"
              label={say("desk.start_transfer")}
              given={{ from_warehouse_id: warehouse }}
              asks={{ fields: ["lines"], control: (tell) => <PlannedLines warehouse={warehouse} onChange={tell} /> }}
              button={{ type: "primary" }}
            />
            <ActionButton
              action="warehouse.send_from_bins"
              grant="warehouse.transfer"
              label={say("desk.send_many")}
              given={{ from_warehouse_id: warehouse }}
              asks={{ fields: ["lines"], control: (tell) => <PlannedLines warehouse={warehouse} onChange={tell} /> }}
            />
            <ActionButton
              action="warehouse.send_from_bins"
              grant="warehouse.transfer"
              label={say("pda.send")}
              given={{ from_warehouse_id: warehouse }}
              asks={{
                fields: ["lines"],
                control: (tell) => (
                  <Lines
                    extras={[
                      { name: "bin", label: say("floor.bin"), kind: "text" },
                      { name: "lot", label: say("floor.lot"), kind: "text" },
                    ]}
                    onChange={tell}
                  />
                ),
              }}
            />
          </Space>
        }
      />
      <PickedTransfers warehouse={warehouse} />
    </div>
  );
}

