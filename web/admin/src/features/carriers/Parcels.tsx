import { useQuery } from "@tanstack/react-query";
import { Modal, Select, Space, Switch, Tag, Timeline } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { usePick, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { SearchFilter } from "../../ui/SearchFilter";
import { WarehouseName } from "../names";
import { WatchPolicyButton } from "./Watching";

type Parcel = Schema<"Parcel">;
type Anomaly = Schema<"Anomaly">;

const COLOURS: Record<string, string> = { signed: "green", in_transit: "blue", out_for_delivery: "blue", picked_up: "blue", failed: "red", lost: "red", returning: "orange", returned: "orange" };
const STATES = ["booking", "booked", "picked_up", "in_transit", "out_for_delivery", "signed", "returning", "returned", "lost", "failed", "canceled"];

export const useCarrierName = (): ((code: string) => string) => {
  const pick = usePick();
  const list = useQuery({ queryKey: ["carriers"], queryFn: () => given(api.GET("/api/v1/carriers")), staleTime: 600_000 });
  return (code) => {
    const found = list.data?.find((each) => each.code === code);
    return found ? pick({ zh: found.name, en: found.name_en ?? "" }) : code;
  };
};

function ParcelState({ value }: { value: string }) {
  const word = useWord();
  return <Tag color={COLOURS[value]}>{word("parcel", value)}</Tag>;
}

/** What is wrong with parcels: by cause, with the time until which somebody should see to it. */
export function Anomalies() {
  const say = useSay();
  const pick = usePick();
  const word = useWord();
  const named = useCarrierName();
  const [cause, setCause] = useFilter("cause");
  const [closed, setClosed] = useFilter("closed");
  const said = (a: Anomaly) => pick({ zh: a.about.zh, en: a.about.en });
  const todo = (a: Anomaly) => pick({ zh: a.about.action_zh, en: a.about.action_en });
  const isLate = (a: Anomaly) => a.closed_at === null && new Date(a.due_at) < new Date();
  const columns: Column<Anomaly>[] = [
    { key: "cause", title: say("carriers.cause"), render: (a) => <Tag color={a.closed_at ? undefined : "red"}>{said(a)}</Tag>, text: said },
    { key: "number", title: say("unit.number"), render: (a) => <b>{a.number}</b>, text: (a) => a.number },
    { key: "waybill", title: say("desk.waybill"), render: (a) => `${named(a.carrier)} ${a.waybill}`, text: (a) => `${a.carrier} ${a.waybill}` },
    { key: "state", title: say("floor.status"), render: (a) => <ParcelState value={a.state} />, text: (a) => word("parcel", a.state) },
    { key: "since", title: say("carriers.since"), render: (a) => when(a.since), text: (a) => when(a.since) },
    { key: "due", title: say("carriers.due"), render: (a) => <span className={isLate(a) ? "overdue" : ""}>{when(a.due_at)}</span>, text: (a) => when(a.due_at) },
    { key: "todo", title: say("carriers.todo"), render: (a) => todo(a), text: todo },
    {
      key: "do",
      title: "",
      render: (a) =>
        a.closed_at ? (
          <span className="soft">{a.note}</span>
        ) : (
          <ActionButton action="logistics.close_anomaly" grant="logistics.track" label={say("carriers.seen_to")} given={{ parcel_id: a.parcel_id, cause: a.cause }} button={{ size: "small" }} />
        ),
      text: (a) => a.note,
    },
  ];
  return (
    <CrudTable<Anomaly>
      name="anomalies"
      path="/api/v1/parcel-anomalies"
      columns={columns}
      rowKey={(a) => `${a.parcel_id} ${a.cause}`}
      query={{ cause, closed }}
      empty={say("carriers.no_anomalies")}
      refetchMs={10_000}
      filters={
        <>
          <Select
            allowClear
            aria-label={say("carriers.cause")}
            placeholder={say("carriers.cause")}
            value={cause}
            onChange={setCause}
            options={["not_picked_up", "stuck", "late", "trouble", "returning", "returned", "lost", "not_received"].map((each) => ({ value: each, label: word("anomaly", each) }))}
            style={{ minWidth: 140 }}
          />
          <Space>
            <Switch checked={closed === "true"} onChange={(on) => setClosed(on ? "true" : undefined)} aria-label={say("carriers.closed")} />
            {say("carriers.closed")}
          </Space>
          <ActionButton action="logistics.watch_parcels" grant="logistics.track" label={say("carriers.look_now")} given={{ after: null, limit: 1000 }} />
          <WatchPolicyButton />
        </>
      }
    />
  );
}

/** Parcels by state, each with what its carrier has scanned. */
export function Parcels() {
  const say = useSay();
  const word = useWord();
  const named = useCarrierName();
  const [status, setStatus] = useFilter("status");
  const [waybill] = useFilter("waybill");
  const [open, setOpen] = useState<Parcel | null>(null);
  const columns: Column<Parcel>[] = [
    { key: "number", title: say("unit.number"), render: (p) => <b>{p.number}</b>, text: (p) => p.number },
    { key: "carrier", title: say("unit.courier"), render: (p) => named(p.carrier), text: (p) => p.carrier },
    { key: "waybill", title: say("desk.waybill"), render: (p) => p.waybill || "–", text: (p) => p.waybill },
    { key: "state", title: say("floor.status"), render: (p) => <ParcelState value={p.state} />, text: (p) => word("parcel", p.state) },
    { key: "warehouse", title: say("stock.warehouse"), render: (p) => <WarehouseName id={p.warehouse_id} />, text: (p) => p.warehouse_id },
    { key: "weight", title: say("desk.weight_g"), align: "right", render: (p) => p.weight_g, text: (p) => p.weight_g },
    { key: "why", title: say("carriers.why"), render: (p) => p.problem || p.chosen, text: (p) => p.problem || p.chosen },
    { key: "at", title: say("floor.opened"), render: (p) => when(p.created_at), text: (p) => when(p.created_at) },
    {
      key: "do",
      title: "",
      render: (p) => (
        <span onClick={(event) => event.stopPropagation()} role="presentation">
          {p.state === "failed" && <ActionButton action="logistics.retry_booking" grant="logistics.book" label={say("carriers.retry")} given={{ parcel_id: p.id }} button={{ size: "small" }} />}
          {["booking", "booked", "failed"].includes(p.state) && (
            <ActionButton action="logistics.cancel_parcel" grant="logistics.book" label={say("carriers.cancel")} given={{ parcel_id: p.id }} button={{ size: "small" }} />
          )}
          {p.state === "signed" && <ActionButton action="logistics.report_not_received" grant="logistics.track" label={say("carriers.not_received")} given={{ parcel_id: p.id }} button={{ size: "small" }} />}
        </span>
      ),
      text: () => "",
    },
  ];
  return (
    <>
      <CrudTable<Parcel>
        name="parcels"
        path="/api/v1/parcels"
        columns={columns}
        rowKey={(p) => p.id}
        query={{ status, waybill }}
        onOpen={setOpen}
        refetchMs={10_000}
        filters={
          <>
            <SearchFilter name="waybill" placeholder={say("desk.waybill")} />
            <Select allowClear aria-label={say("floor.status")} placeholder={say("floor.status")} value={status} onChange={setStatus} options={STATES.map((each) => ({ value: each, label: word("parcel", each) }))} style={{ minWidth: 130 }} />
          </>
        }
      />
      <Modal open={open !== null} footer={null} title={open && `${named(open.carrier)} ${open.waybill}`} onCancel={() => setOpen(null)}>
        {open && <Scans parcel={open.id} />}
      </Modal>
    </>
  );
}

function Scans({ parcel }: { parcel: string }) {
  const say = useSay();
  const word = useWord();
  const scans = useQuery({ queryKey: ["scans", parcel], queryFn: () => given(api.GET("/api/v1/parcels/{parcel_id}/scans", { params: { path: { parcel_id: parcel } } })) });
  if (scans.data?.length === 0) return <p className="soft">{say("carriers.no_scans")}</p>;
  return <Timeline items={(scans.data ?? []).map((each) => ({ content: `${when(each.at)} ${word("scan", each.kind)} ${each.place ?? ""} ${each.text ?? ""}` }))} />;
}
