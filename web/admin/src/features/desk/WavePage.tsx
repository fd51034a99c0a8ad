import { useQuery } from "@tanstack/react-query";
import { Card, Segmented, Skeleton, Space, Statistic, Table, Tag } from "antd";
import { useState } from "react";
import { useParams } from "react-router";
import { api, given, readPage, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { PrintButton } from "../../ui/PrintButton";
import { isWrong, Wrong } from "../../ui/Wrong";
import { FloorPlan } from "./FloorPlan";
import { WaveButtons, WaveProgress, WaveState, type Wave } from "./Waves";
import "./desk.css";

type Task = Schema<"Task">;

/** One wave: how far it is, its tasks with the way of each drawn on the floor, and whom it is for. */
export function WavePage() {
  const say = useSay();
  const word = useWord();
  const { id = "" } = useParams();
  const [chosen, choose] = useState<string>();
  const wave = useQuery({ queryKey: ["wave", id], queryFn: () => given(api.GET("/api/v1/warehouse/waves/{wave_id}", { params: { path: { wave_id: id } } })), refetchInterval: 5_000 });
  const tasks = useQuery({ queryKey: ["tasks", id], queryFn: () => readPage<Task>("/api/v1/warehouse/tasks", { wave: id, limit: "200" }, null), refetchInterval: 5_000 });
  const asked = useQuery({ queryKey: ["requests", id], queryFn: () => readPage<Schema<"Requested">>("/api/v1/warehouse/requests", { wave: id, limit: "200" }, null), refetchInterval: 5_000 });
  if (isWrong(wave)) return <Wrong error={wave.error} onRetry={() => void wave.refetch()} />;
  if (!wave.data) return <Skeleton active />;
  const w: Wave = wave.data;
  const open = (tasks.data?.items ?? []).filter((each) => each.open_lines > 0);
  const task = open.find((each) => each.id === chosen) ?? open[0];
  return (
    <>
      <div className="head">
        <div>
          <h1>
            {w.number} <WaveState value={w.state} />
          </h1>
          <p className="soft">
            {word("wave.kind", w.kind)} · {word("method", w.method)} · {w.courier || "–"} · {w.stage_bin}
          </p>
        </div>
        <WaveButtons wave={w} />
      </div>
      <div className="stack">
        <Card size="small">
          <Space size="large" wrap>
            <Statistic title={say("desk.requests_n")} value={w.requests} />
            <Statistic title={say("desk.pieces")} value={w.pieces} />
            <Statistic title={say("desk.open_lines")} value={w.open_lines} />
            <WaveProgress wave={w} />
          </Space>
        </Card>
        {task && (
          <Card
            size="small"
            title={say("desk.path")}
            extra={
              <Space>
                {open.length > 1 && <Segmented value={task.id} onChange={(next) => choose(String(next))} options={open.map((each) => ({ value: each.id, label: `#${each.place}` }))} />}
                <PrintButton path={`/api/v1/warehouse/tasks/${task.id}/pick-list`} label={say("desk.pick_list")} size="small" />
              </Space>
            }
          >
            <p className="soft">
              {task.picker ? say("desk.being_picked") : say("desk.nobody")} · {task.picked}/{task.pieces}
              {task.next_bin && ` · ${say("pda.next_bin", { bin: task.next_bin })}`}
            </p>
            <FloorPlan warehouse={w.warehouse_id} task={task.id} />
          </Card>
        )}
        <Table
          size="small"
          rowKey="doc"
          pagination={false}
          dataSource={asked.data?.items ?? []}
          columns={[
            { title: say("unit.number"), render: (_, each) => <b>{each.number}</b> },
            { title: say("desk.cell"), render: (_, each) => each.cell ?? "" },
            { title: say("desk.pieces"), align: "right", render: (_, each) => each.pieces },
            { title: say("floor.status"), render: (_, each) => <Tag>{word("request", each.state)}</Tag> },
          ]}
        />
      </div>
    </>
  );
}
