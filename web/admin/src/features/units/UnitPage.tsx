import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Skeleton, Space, Table } from "antd";
import { Link, useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { Pieces, type PieceRow } from "../../ui/Pieces";
import { isWrong, Wrong } from "../../ui/Wrong";
import { ShopName, WarehouseName } from "../names";
import { UnitDoings, UnitState } from "./parts";

type Detail = Schema<"UnitDetail">;

export function UnitPage() {
  const { id = "" } = useParams();
  const every = useLookEvery(10_000);
  const unit = useQuery({
    queryKey: ["unit", id],
    queryFn: () => given(api.GET("/api/v1/orders/units/{unit_id}", { params: { path: { unit_id: id } } })),
    refetchInterval: every,
  });
  if (unit.isPending) return <Skeleton active />;
  if (isWrong(unit)) return <Wrong error={unit.error} onRetry={() => void unit.refetch()} />;
  return <Shown detail={unit.data as Detail} />;
}

function Shown({ detail }: { detail: Detail }) {
  const say = useSay();
  const { unit } = detail;
  const isMerged = detail.merged_from.length > 0 && (unit.state === "open" || unit.state === "released");
  return (
    <>
      <div className="head">
        <div>
          <Link to="/units">
            <ArrowLeftOutlined /> {say("unit.back")}
          </Link>
          <h1>
            {unit.number} <UnitState value={unit.state} />
          </h1>
          <p className="soft">
            <ShopName id={unit.shop_id} /> · <WarehouseName id={unit.warehouse_id} />
            {unit.courier && ` · ${unit.courier}`} · {when(unit.created_at)}
          </p>
        </div>
        <Space wrap>
          <UnitDoings unit={unit} />
          {unit.state === "open" && (
            <ActionButton
              action="orders.split_unit"
              grant="orders.arrange_units"
              label={say("unit.split")}
              given={{ unit_id: unit.id }}
              asks={{ fields: ["lines"], control: (tell) => <Pieces rows={rowsOf(detail)} onChange={tell} /> }}
            />
          )}
          {isMerged && <ActionButton action="orders.unmerge_unit" grant="orders.arrange_units" label={say("unit.unmerge")} given={{ unit_id: unit.id }} />}
        </Space>
      </div>
      {detail.held_back && <Alert type="warning" showIcon title={say("unit.held_back")} className="gap" />}
      <div className="two">
        <Card title={say("order.lines")}>
          <Lines detail={detail} />
        </Card>
        <div className="stack">
          <Card title={say("unit.story")}>
            <dl className="sums">
              <dt>{say("unit.created")}</dt>
              <dd>{when(unit.created_at)}</dd>
              {unit.released_at && (
                <>
                  <dt>{say("unit.released")}</dt>
                  <dd>{when(unit.released_at)}</dd>
                </>
              )}
              {unit.ended_at && (
                <>
                  <dt>{say("unit.ended")}</dt>
                  <dd>{when(unit.ended_at)}</dd>
                </>
              )}
              <dt>{say("unit.revision")}</dt>
              <dd>{unit.revision}</dd>
            </dl>
            {unit.split_from && <Link to={`/units/${unit.split_from}`}>{say("unit.split_from")}</Link>}
            {unit.merged_into && <Link to={`/units/${unit.merged_into}`}>{say("unit.merged_into")}</Link>}
            {detail.merged_from.length > 0 && (
              <>
                <h4>{say("unit.merged_from")}</h4>
                {detail.merged_from.map((each) => (
                  <Link key={each.id} to={`/units/${each.id}`} className="apart">
                    {each.number}
                  </Link>
                ))}
              </>
            )}
          </Card>
        </div>
      </div>
    </>
  );
}

const rowsOf = (detail: Detail): PieceRow[] =>
  detail.lines.map((line) => ({ key: `${line.order_id} ${line.line}`, title: `${line.title} · ${line.number}`, max: line.qty, names: { order_id: line.order_id, line: line.line } }));

function Lines({ detail }: { detail: Detail }) {
  const say = useSay();
  return (
    <Table
      size="small"
      rowKey={(line) => `${line.order_id} ${line.line}`}
      pagination={false}
      scroll={{ x: "max-content" }}
      dataSource={detail.lines}
      locale={{ emptyText: say("unit.nothing_left") }}
      columns={[
        { title: say("order.number"), render: (_, line) => <Link to={`/orders/${line.order_id}`}>{line.number}</Link> },
        { title: say("order.title"), dataIndex: "title" },
        { title: say("order.qty"), dataIndex: "qty", align: "right" },
        { title: say("order.amount"), align: "right", render: (_, line) => <Money minor={line.amount_minor} currency={line.currency} /> },
      ]}
    />
  );
}
