import { useQuery } from "@tanstack/react-query";
import { Card, Empty, Table } from "antd";
import { readPage, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { opening } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { PickWarehouse, useWorkingWarehouse } from "../names";

type Requested = Schema<"Requested">;

/** What is picked and waits to be packed; one is begun by a click where its slip is not at hand to be scanned. */
export function Ready({ onOpen }: { onOpen: (number: string) => void }) {
  const say = useSay();
  const [warehouse, choose] = useWorkingWarehouse();
  const list = useQuery({
    queryKey: ["/api/v1/warehouse/requests", warehouse, "picked"],
    queryFn: () => readPage<Requested>("/api/v1/warehouse/requests", { warehouse: warehouse ?? "", state: "picked" }, null),
    refetchInterval: 5_000,
    enabled: warehouse !== undefined,
  });
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <Card title={say("desk.ready")} extra={<PickWarehouse value={warehouse} onChange={choose} />}>
      <Table<Requested>
        rowKey="doc"
        size="small"
        loading={list.isPending}
        dataSource={list.data?.items ?? []}
        pagination={false}
        onRow={(each) => opening(() => onOpen(each.number))}
        locale={{ emptyText: list.isPending ? <div className="not-yet" /> : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("desk.none_ready")} /> }}
        columns={[
          { title: say("unit.number"), render: (_, each) => <b>{each.number}</b> },
          { title: say("unit.courier"), render: (_, each) => each.courier || "–" },
          { title: say("desk.cell"), align: "right", render: (_, each) => each.cell ?? "" },
          { title: say("desk.pieces"), align: "right", render: (_, each) => each.pieces },
          { title: say("desk.due"), render: (_, each) => (each.due_at ? when(each.due_at) : "–") },
        ]}
      />
    </Card>
  );
}
