import { useQuery } from "@tanstack/react-query";
import { Button, Empty, Progress, Select, Space, Table, Tag } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { readPage, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { PrintButton } from "../../ui/PrintButton";
import { isWrong, Wrong } from "../../ui/Wrong";

export type Wave = Schema<"Wave">;
type Requested = Schema<"Requested">;

export function WaveProgress({ wave }: { wave: Wave }) {
  const say = useSay();
  return <Progress aria-label={say("desk.progress")} percent={wave.pieces ? Math.floor((wave.picked * 100) / wave.pieces) : 0} size="small" format={() => `${wave.picked}/${wave.pieces}`} style={{ width: 100 }} />;
}

export function WaveState({ value }: { value: string }) {
  const word = useWord();
  return <Tag color={value === "released" ? "green" : value === "planned" ? "blue" : undefined}>{word("wave", value)}</Tag>;
}

/** Waves with how far they are; made by the rules, or of requests that somebody chooses (the other tab). */
export function Waves({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const [state, setState] = useFilter("wave_state");
  const columns: Column<Wave>[] = [
    { key: "number", title: say("desk.wave"), render: (w) => <b>{w.number}</b>, text: (w) => w.number },
    { key: "state", title: say("floor.status"), render: (w) => <WaveState value={w.state} />, text: (w) => word("wave", w.state) },
    { key: "kind", title: say("floor.kind"), render: (w) => word("wave.kind", w.kind), text: (w) => word("wave.kind", w.kind) },
    { key: "method", title: say("desk.method"), render: (w) => word("method", w.method), text: (w) => word("method", w.method) },
    { key: "courier", title: say("unit.courier"), render: (w) => w.courier || "–", text: (w) => w.courier },
    { key: "requests", title: say("desk.requests_n"), align: "right", render: (w) => w.requests, text: (w) => w.requests },
    { key: "progress", title: say("desk.progress"), render: (w) => <WaveProgress wave={w} />, text: (w) => `${w.picked}/${w.pieces}` },
    { key: "created", title: say("floor.opened"), render: (w) => <span className="soft">{when(w.created_at)}</span>, text: (w) => when(w.created_at) },
    {
      key: "do",
      title: "",
      render: (w) => (
        <span onClick={(event) => event.stopPropagation()} role="presentation">
          <WaveButtons wave={w} />
        </span>
      ),
      text: () => "",
    },
  ];
  return (
    <CrudTable<Wave>
      name="waves"
      path="/api/v1/warehouse/waves"
      columns={columns}
      rowKey={(w) => w.id}
      query={{ warehouse, state }}
      onOpen={(w) => void go(`/waves/${w.id}`)}
      empty={say("desk.no_waves")}
      refetchMs={5_000}
      filters={
        <>
          <Select
            allowClear
            aria-label={say("floor.status")}
            placeholder={say("floor.status")}
            value={state}
            onChange={setState}
            options={["planned", "released", "canceled"].map((each) => ({ value: each, label: word("wave", each) }))}
            style={{ minWidth: 120 }}
          />
          <ActionButton action="warehouse.make_waves" grant="warehouse.plan_waves" label={say("desk.make_waves")} given={{ warehouse_id: warehouse }} button={{ type: "primary" }} />
        </>
      }
    />
  );
}

export function WaveButtons({ wave }: { wave: Wave }) {
  const say = useSay();
  return (
    <Space size={4}>
      {wave.state === "planned" && (
        <ActionButton action="warehouse.release_wave" grant="warehouse.plan_waves" label={say("desk.release")} given={{ wave_id: wave.id }} button={{ size: "small", type: "primary" }} />
      )}
      {wave.state !== "canceled" && wave.picked === 0 && (
        <ActionButton action="warehouse.cancel_wave" grant="warehouse.plan_waves" label={say("desk.cancel")} given={{ wave_id: wave.id }} button={{ size: "small" }} />
      )}
      {wave.state === "released" && wave.open_lines > 0 && <PrintButton path={`/api/v1/warehouse/waves/${wave.id}/pick-lists`} label={say("desk.pick_lists")} size="small" />}
    </Space>
  );
}

/** What waits for a wave: choose some, and make one of them by hand. */
export function Requests({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const [chosen, setState] = useFilter("request_state");
  const state = chosen ?? "waiting";
  const [docs, setDocs] = useState<string[]>([]);
  const list = useQuery({
    queryKey: ["/api/v1/warehouse/requests", warehouse, state],
    queryFn: () => readPage<Requested>("/api/v1/warehouse/requests", { warehouse, state, limit: "200" }, null),
    refetchInterval: 5_000,
  });
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const rows = list.data?.items ?? [];
  const print = rows.filter((row) => docs.includes(row.doc)).map((row) => `doc=${row.doc}`).join("&");
  return (
    <>
      <div className="crud-bar">
        <Space wrap>
          <Select
            aria-label={say("floor.status")}
            value={state}
            onChange={(next) => {
              setState(next);
              setDocs([]);
            }}
            options={["waiting", "waved", "picked", "packed", "handed_over", "stopped"].map((each) => ({ value: each, label: word("request", each) }))}
            style={{ minWidth: 130 }}
          />
          {state === "waiting" && docs.length > 0 && (
            <ActionButton
              action="warehouse.make_wave"
              grant="warehouse.plan_waves"
              label={say("desk.make_wave", { n: docs.length })}
              given={{ warehouse_id: warehouse, docs }}
              onDone={() => setDocs([])}
              button={{ type: "primary" }}
            />
          )}
          {docs.length > 0 && <PrintButton path={`/api/v1/warehouse/delivery-notes?${print}`} label={say("desk.delivery_notes")} />}
          {docs.length > 0 && state !== "waiting" && <PrintButton path={`/api/v1/warehouse/parcel-labels?${print}`} label={say("desk.labels")} />}
          {docs.length > 0 && <Button onClick={() => setDocs([])}>{say("desk.none")}</Button>}
        </Space>
      </div>
      <Table<Requested>
        rowKey="doc"
        size="small"
        loading={list.isPending}
        dataSource={rows}
        pagination={false}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("desk.no_requests", { state: word("request", state) })} /> }}
        rowSelection={{ selectedRowKeys: docs, onChange: (keys) => setDocs(keys.map(String)) }}
        columns={[
          { title: say("unit.number"), render: (_, each) => <b>{each.number}</b> },
          { title: say("floor.status"), render: (_, each) => word("request", each.state) },
          { title: say("unit.courier"), render: (_, each) => each.courier || "–" },
          { title: say("desk.pieces"), align: "right", render: (_, each) => each.pieces },
          { title: say("desk.short"), align: "right", render: (_, each) => (each.short ? <Tag color="red">{each.short}</Tag> : "") },
          { title: say("desk.cell"), align: "right", render: (_, each) => each.cell ?? "" },
          { title: say("desk.due"), render: (_, each) => each.due_at && when(each.due_at) },
          { title: say("floor.opened"), render: (_, each) => <span className="soft">{when(each.asked_at)}</span> },
        ]}
      />
    </>
  );
}
