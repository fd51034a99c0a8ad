import { useQuery } from "@tanstack/react-query";
import { Card, Empty, Skeleton, Space, Statistic, Table, Tag } from "antd";
import { api, given } from "../../api/client";
import { useSay } from "../../i18n";
import { isWrong, Wrong } from "../../ui/Wrong";
import { PickWarehouse, SkuName, useWorkingWarehouse } from "../names";

const DAYS = 90;
const percent = (bp: number | null | undefined) => (bp == null ? "–" : `${(bp / 100).toFixed(2)} %`);

/** How far the book was right where it was counted: in all, by day against the target, and the worst SKUs. */
export function Accuracy() {
  const [warehouse, choose] = useWorkingWarehouse();
  return (
    <div className="stack">
      <div>
        <PickWarehouse value={warehouse} onChange={choose} />
      </div>
      {warehouse ? <Meter warehouse={warehouse} /> : <Skeleton active />}
    </div>
  );
}

function Meter({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const told = useQuery({
    queryKey: ["accuracy", warehouse],
    queryFn: () => given(api.GET("/api/v1/warehouse/accuracy", { params: { query: { warehouse_id: warehouse, days: DAYS } } })),
  });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const { accuracy_bp: bp, target_bp: target, counted, off, days, skus } = told.data;
  return (
    <>
      <Card size="small">
        <Space size="large" wrap align="start">
          <Statistic title={say("floor.accuracy")} value={percent(bp)} />
          <Statistic title={say("floor.target")} value={percent(target)} />
          <Statistic title={say("floor.counted")} value={counted} />
          <Statistic title={say("floor.off")} value={off} />
        </Space>
        <p>
          {days.map((day) => (
            <Tag key={day.on} color={(day.accuracy_bp ?? 0) >= target ? "green" : "orange"}>
              {day.on} {percent(day.accuracy_bp)}
            </Tag>
          ))}
        </p>
      </Card>
      <Card size="small" title={say("stock.worst")}>
        <Table
          size="small"
          rowKey="sku_id"
          pagination={false}
          dataSource={skus}
          locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("stock.none_counted")} /> }}
          columns={[
            { title: say("stock.sku"), render: (_, each) => <SkuName id={each.sku_id} /> },
            { title: say("floor.counted"), align: "right", render: (_, each) => each.counted },
            { title: say("floor.off"), align: "right", render: (_, each) => each.off },
            { title: say("stock.accuracy"), align: "right", render: (_, each) => percent(each.accuracy_bp) },
          ]}
        />
      </Card>
    </>
  );
}
