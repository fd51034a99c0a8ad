import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton, Space, Table, Tag } from "antd";
import { Link, useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { unitPrice, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { Pieces } from "../../ui/Pieces";
import { Trace } from "../../ui/Trace";
import { isWrong, Wrong } from "../../ui/Wrong";
import { ShopName, WarehouseName } from "../names";
import { AfterSalesOf } from "../aftersales/AfterSalesOf";
import { ChannelOf } from "./ChannelOf";
import { Holds } from "./Holds";
import { Notes } from "./Notes";
import { Parcels } from "./Parcels";
import { State } from "./parts";
import { Profit } from "./Profit";
import { ReceiverCard } from "./Receiver";
import { ReceiverFields } from "./ReceiverFields";
import { LinePrice } from "./Price";
import { SourcingOf } from "./SourcingOf";
import { UnitsOf } from "./UnitsOf";

type Detail = Schema<"OrderDetail">;
type Line = Detail["lines"][number];

export function OrderPage() {
  const { id = "" } = useParams();
  const every = useLookEvery(15_000);
  const order = useQuery({
    queryKey: ["order", id],
    queryFn: () => given(api.GET("/api/v1/orders/{order_id}", { params: { path: { order_id: id } } })),
    refetchInterval: every,
  });
  if (order.isPending) return <Skeleton active />;
  if (isWrong(order)) return <Wrong error={order.error} onRetry={() => void order.refetch()} />;
  return <Shown detail={order.data as Detail} />;
}

function Shown({ detail }: { detail: Detail }) {
  const say = useSay();
  const word = useWord();
  const { order } = detail;
  return (
    <>
      <div className="head">
        <div>
          <Link to="/orders">
            <ArrowLeftOutlined /> {say("order.back")}
          </Link>
          <h1>
            {order.number} {order.kind && order.kind !== "normal" && <Tag>{word("order_kind", order.kind)}</Tag>} <State kind="status" value={order.status} /> <State kind="pay" value={order.payment_status} />
          </h1>
          <p className="soft">
            <ShopName id={order.shop_id} /> · <WarehouseName id={order.warehouse_id} /> · {when(order.placed_at)}
            {order.external_no && ` · ${order.external_no}`}
            {order.customer_id && (
              <>
                {" · "}
                <Link to={`/customers/${order.customer_id}`}>{say("order.customer")}</Link>
              </>
            )}
          </p>
        </div>
        <Doings detail={detail} />
      </div>
      <div className="two">
        <div className="stack">
          <Card title={say("order.lines")}>
            <Lines detail={detail} />
          </Card>
          <Card title={say("tracking.title")}>
            <Parcels orderId={order.id} detail={detail} />
          </Card>
          <Card title={say("order.trace")}>
            <p className="soft">{say("order.trace.hint")}</p>
            <Trace path={`/api/v1/orders/${order.id}/trace`} />
          </Card>
        </div>
        <div className="stack">
          <Card title={say("order.holds")}>
            <Holds holds={detail.hold_backs ?? []} orderId={order.id} />
          </Card>
          <AfterSalesOf orderId={order.id} />
          <ReceiverCard orderId={order.id} />
          <ChannelOf orderId={order.id} />
          <Card title={say("note.title")}>
            <Notes orderId={order.id} />
          </Card>
          {detail.exchanges && detail.exchanges.length > 0 && (
            <Card title={say("order.exchanges")}>
              {detail.exchanges.map((each) => (
                <div key={each.order_id} className="card-head">
                  <Link to={`/orders/${each.order_id === order.id ? each.of_order_id : each.order_id}`}>{each.order_id === order.id ? each.of_number : each.number}</Link>
                  <span className="soft">{each.reason}</span>
                </div>
              ))}
            </Card>
          )}
          {detail.resends && detail.resends.length > 0 && (
            <Card title={say("order.resends")}>
              {detail.resends.map((each) => (
                <div key={each.order_id} className="card-head">
                  <Link to={`/orders/${each.order_id === order.id ? each.of_order_id : each.order_id}`}>{each.order_id === order.id ? each.of_number : each.number}</Link>
                  <span className="soft">{each.reason}</span>
                </div>
              ))}
            </Card>
          )}
          <Card title={say("order.units")} extra={<SourcingOf orderId={order.id} />}>
            <UnitsOf orderId={order.id} />
          </Card>
          <Card title={say("order.money")}>
            <Sums detail={detail} />
          </Card>
          <Profit orderId={order.id} />
        </div>
      </div>
    </>
  );
}

function Doings({ detail: { order, lines } }: { detail: Detail }) {
  const say = useSay();
  const given = { order_id: order.id };
  const left = lines
    .map((line) => ({ key: String(line.line), title: line.title, max: line.qty - line.shipped_qty - (line.canceled_qty ?? 0), names: { line: line.line }, kind: line.kind }))
    .filter((line) => line.kind === "goods" && line.max > 0);
  const isOpen = order.status === "placed" || order.status === "part_shipped";
  const gone = lines
    .map((line) => ({ key: String(line.line), title: line.title, max: line.shipped_qty, names: { line: line.line }, kind: line.kind }))
    .filter((line) => line.kind === "goods" && line.max > 0);
  return (
    <Space wrap>
      {isOpen && <ActionButton action="orders.audit" label={say("action.audit")} given={given} />}
      {isOpen && order.held_back && <ActionButton action="orders.release" label={say("action.release")} given={given} button={{ type: "primary" }} />}
      {isOpen && !order.held_back && <ActionButton action="orders.hold" label={say("action.hold")} given={given} />}
      {order.status === "shipped" && <ActionButton action="orders.sign" label={say("action.sign")} given={given} button={{ type: "primary" }} />}
      {isOpen && order.payment_status === "paid" && left.length > 0 && (
        <ActionButton
          action="orders.cancel_part"
          grant="orders.cancel"
          label={say("action.cancel_part")}
          given={given}
          asks={{ fields: ["lines"], control: (tell) => <Pieces rows={left} onChange={tell} /> }}
        />
      )}
      {isOpen && (
        <ActionButton
          action="orders.correct_address"
          label={say("order.readdress")}
          given={given}
          asks={{ fields: ["receiver"], control: (tell) => <ReceiverFields onChange={tell} /> }}
        />
      )}
      <ActionButton action="orders.set_remark" label={say("order.remark")} given={given} />
      {isOpen && <ActionButton action="orders.add_gift" grant="orders.edit_goods" label={say("action.add_gift")} given={given} />}
      {gone.length > 0 && (
        <ActionButton
          action="orders.resend"
          label={say("action.resend")}
          given={given}
          asks={{ fields: ["lines"], control: (tell) => <Pieces rows={gone} onChange={tell} /> }}
        />
      )}
      {gone.length > 0 && (
        <ActionButton
          action="orders.exchange"
          label={say("action.exchange")}
          given={given}
          asks={{ fields: ["lines"], control: (tell) => <Pieces rows={gone} onChange={tell} /> }}
        />
      )}
      {order.status === "placed" && <ActionButton action="orders.cancel" label={say("action.cancel_order")} given={given} button={{ danger: true }} />}
    </Space>
  );
}

function Lines({ detail }: { detail: Detail }) {
  const say = useSay();
  const lang = useLang();
  const { currency, status } = detail.order;
  const isOpen = status === "placed" || status === "part_shipped";
  const some = (has: (line: Line) => unknown) => detail.lines.some(has); // what no line has, takes no room
  return (
    <Table
      size="small"
      rowKey="line"
      pagination={false}
      scroll={{ x: "max-content" }}
      dataSource={detail.lines}
      columns={[
        { title: say("order.title"), dataIndex: "title" },
        { title: say("order.unit_price"), align: "right", render: (_, line) => unitPrice(line.unit_price, currency, lang) },
        { title: say("order.qty"), dataIndex: "qty", align: "right" },
        { title: say("order.shipped"), dataIndex: "shipped_qty", align: "right" },
        ...(some((line) => line.canceled_qty) ? [{ title: say("order.canceled"), align: "right" as const, render: (_: unknown, line: Line) => line.canceled_qty || "" }] : []),
        ...(some((line) => line.returned_qty) ? [{ title: say("order.returned"), align: "right" as const, render: (_: unknown, line: Line) => line.returned_qty || "" }] : []),
        { title: say("order.amount"), align: "right", render: (_, line) => <LinePrice line={line} quote={detail.quote} currency={currency} /> },
        {
          title: "",
          align: "right",
          fixed: "end",
          render: (_, line) => (
            <>
              {isOpen && line.kind === "goods" && !line.shipped_qty && !line.canceled_qty && (
                <ActionButton
                  action="orders.swap_goods"
                  grant="orders.edit_goods"
                  label={say("action.swap_goods")}
                  given={{ order_id: detail.order.id, line: line.line }}
                  button={{ size: "small", type: "text" }}
                />
              )}
              {detail.order.status === "placed" && detail.order.payment_status === "unpaid" && (
                <ActionButton
                  action="orders.change_price"
                  grant="orders.set_price"
                  label={say("action.change_price")}
                  given={{ order_id: detail.order.id, line: line.line }}
                  button={{ size: "small", type: "text" }}
                />
              )}
            </>
          ),
        },
      ]}
    />
  );
}

function Sums({ detail: { order, quote } }: { detail: Detail }) {
  const say = useSay();
  const lang = useLang();
  const row = (name: string, minor: number, isStrong = false) => (
    <>
      <dt>{name}</dt>
      <dd className={isStrong ? "strong" : undefined}>
        <Money minor={minor} currency={order.currency} />
      </dd>
    </>
  );
  return (
    <>
      <dl className="sums">
        {row(say("order.goods"), order.goods_minor)}
        {row(say("order.freight"), order.freight_minor)}
        {order.other_minor !== 0 && row(say("order.other"), order.other_minor)}
        {row(say("order.total"), order.total_minor, true)}
        {row(say("order.paid"), order.paid_minor)}
        {order.refunded_minor > 0 && row(say("order.refunded"), order.refunded_minor)}
        {order.points ? (
          <>
            <dt>{say("order.points")}</dt>
            <dd>{order.points}</dd>
          </>
        ) : null}
      </dl>
      {quote && quote.applied && quote.applied.length > 0 && (
        <>
          <h4>{say("order.applied")}</h4>
          {quote.applied.map((each) => (
            <div key={each.promotion_id} className="card-head">
              <span>
                {(lang === "en" && each.name_en) || each.name} <Tag>{each.code}</Tag>
              </span>
              <Money minor={-each.amount_minor} currency={order.currency} />
            </div>
          ))}
        </>
      )}
    </>
  );
}
