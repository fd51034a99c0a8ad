import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton, Space, Statistic, Table, Tag } from "antd";
import { useState } from "react";
import { useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { SkuName } from "../names";
import "./desk.css";

type Difference = Schema<"Difference">;

/** A count with what is off in it, bin by bin; all of it is approved, or some bins. */
export function CountPage() {
  const say = useSay();
  const word = useWord();
  const mayApprove = useGrant("warehouse.approve_count");
  const { id = "" } = useParams();
  const [bins, setBins] = useState<string[]>([]);
  const count = useQuery({ queryKey: ["count", id], queryFn: () => given(api.GET("/api/v1/warehouse/counts/{count_id}", { params: { path: { count_id: id } } })), refetchInterval: 5_000 });
  const off = useQuery({
    queryKey: ["differences", id],
    queryFn: () => given(api.GET("/api/v1/warehouse/counts/{count_id}/differences", { params: { path: { count_id: id } } })),
    enabled: mayApprove,
    refetchInterval: 5_000,
  });
  if (isWrong(count)) return <Wrong error={count.error} onRetry={() => void count.refetch()} />;
  if (!count.data) return <Skeleton active />;
  const all = count.data.bins ?? [];
  const isOpen = count.data.status === "open";
  const rows = off.data ?? [];
  const wrong = rows.reduce((sum, each) => sum + Math.abs(each.difference), 0);
  return (
    <>
      <div className="head">
        <div>
          <h1>
            {count.data.number} <Tag color={isOpen ? "blue" : undefined}>{word("count", count.data.status)}</Tag>
          </h1>
          <p className="soft">
            {word("count", count.data.kind)} · {when(count.data.opened_at)} {count.data.blind && `· ${say("desk.blind")}`}
          </p>
        </div>
        {isOpen && (
          <Space>
            <ActionButton action="warehouse.count_bin" grant="warehouse.count" label={say("desk.count_bin")} given={{ count_id: id }} />
            <ActionButton
              action="warehouse.approve_count"
              label={bins.length ? say("desk.approve_some", { n: bins.length }) : say("floor.approve")}
              given={{ count_id: id, bins }}
              onDone={() => setBins([])}
              button={{ type: "primary" }}
            />
            <ActionButton action="warehouse.cancel_count" grant="warehouse.open_count" label={say("desk.give_up")} given={{ count_id: id }} button={{ danger: true }} />
          </Space>
        )}
      </div>
      <div className="stack">
        <Card size="small">
          <Space size="large">
            <Statistic title={say("floor.bins")} value={`${all.filter((each) => each.rounds > 0).length} / ${all.length}`} />
            {mayApprove && <Statistic title={say("floor.off")} value={wrong} />}
          </Space>
        </Card>
        <Table
          size="small"
          rowKey="code"
          pagination={false}
          dataSource={all}
          rowSelection={isOpen ? { selectedRowKeys: bins, onChange: (keys) => setBins(keys.map(String)), getCheckboxProps: (each) => ({ disabled: !each.open || each.rounds === 0 }) } : undefined}
          expandable={{ expandedRowKeys: all.map((each) => each.code), showExpandColumn: false, rowExpandable: (each) => rows.some((row) => row.bin === each.code), expandedRowRender: (each) => <Off rows={rows.filter((row) => row.bin === each.code)} /> }}
          columns={[
            { title: say("floor.bin"), render: (_, each) => <code>{each.code}</code> },
            { title: say("floor.status"), render: (_, each) => (each.open ? (each.rounds ? <Tag color="green">{say("desk.counted")}</Tag> : <Tag>{say("desk.to_count")}</Tag>) : <Tag color="blue">{word("count", "approved")}</Tag>) },
            { title: say("desk.rounds"), align: "right", render: (_, each) => each.rounds },
            { title: say("desk.looked_at"), render: (_, each) => each.looked_at && when(each.looked_at) },
          ]}
        />
      </div>
    </>
  );
}

function Off({ rows }: { rows: Difference[] }) {
  const say = useSay();
  return (
    <table className="desk-off">
      <tbody>
        {rows.map((each) => (
          <tr key={`${each.sku_id} ${each.bucket} ${each.lot}`} className={each.difference ? "off" : ""}>
            <td>
              <SkuName id={each.sku_id} /> {each.lot}
            </td>
            <td>{say("desk.system", { n: each.system })}</td>
            <td>{say("desk.found", { n: each.counted })}</td>
            <td>
              <b>{each.difference > 0 ? `+${each.difference}` : each.difference}</b>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
