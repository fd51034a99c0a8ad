import { useQuery } from "@tanstack/react-query";
import { Card, Empty, Skeleton, Table, Tag } from "antd";
import { Link, useNavigate } from "react-router";
import { api, given, readPage, type Schema } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useGrant, useMe } from "../../app/session";
import { usePick, useSay } from "../../i18n";
import { opening } from "../../ui/CrudTable";
import { Money } from "../../ui/Money";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { State } from "../orders/parts";
import { TodayCard } from "../screen/Today";
import { Tasks } from "./Tasks";

type Section = Schema<"Section">;

/** What waits for whoever is signed in, and what came last. */
export function Start() {
  const say = useSay();
  const me = useMe();
  const seesOrders = useGrant("orders.read");
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("start.hello", { name: me.display_name })}</h1>
          <p className="soft">{say("app.tagline")}</p>
        </div>
        {seesOrders && (
          <a href="/admin/screen" target="_blank" rel="noreferrer">
            {say("screen.open")}
          </a>
        )}
      </div>
      {seesOrders && <TodayCard />}
      {seesOrders && <Waiting />}
      <Tasks />
      {seesOrders && <Latest />}
    </>
  );
}

/** Where the whole of a section is seen: its own filter of the exceptions, of what floors have to do, or of the orders. */
function pageOf(section: Section): string {
  const [path = "", query] = (section.more ?? "").split("?");
  if (path.endsWith("/requests")) {
    const asked = new URLSearchParams(query);
    const warehouse = asked.get("warehouse");
    return `/desk?tab=requests&request_state=${asked.get("state")}${warehouse ? `&warehouse_id=${warehouse}` : ""}`;
  }
  if (path.endsWith("/shortages")) return "/shortages";
  const page = path.endsWith("/exceptions") ? "/exceptions" : "/orders";
  return query ? `${page}?${query}` : page;
}

function Waiting() {
  const say = useSay();
  const pick = usePick();
  const every = useLookEvery(5_000);
  const work = useQuery({
    queryKey: ["work"],
    queryFn: () => given(api.GET("/api/v1/orders/work", { params: { query: { per: 4 } } })),
    refetchInterval: every,
  });
  if (work.isPending) return <Skeleton active />;
  if (isWrong(work)) return <Wrong error={work.error} onRetry={() => void work.refetch()} />;
  const { sections } = work.data as Schema<"WorkList">;
  const nothing = sections.every((section) => section.orders === 0);
  if (nothing) return <p className="soft">{say("start.nothing")}</p>;
  return (
    <div className="cards">
      {sections.map((section) => (
        <Card key={section.code} size="small">
          <div className="card-head">
            <Link to={pageOf(section)}>{pick(section)}</Link>
            {section.overdue > 0 && <Tag color="red">{say("start.overdue", { n: section.overdue })}</Tag>}
          </div>
          <div className="card-number">{section.orders}</div>
          <ul className="work">
            {section.items.map((each) => (
              <li key={`${each.order_id} ${each.cause?.code ?? ""}`}>
                <Link to={`/orders/${each.order_id}`}>{each.number}</Link>
                <span title={each.cause ? pick(each.cause) : undefined}>{each.cause ? pick(each.cause) : <Money minor={each.total_minor} currency={each.currency} />}</span>
              </li>
            ))}
          </ul>
        </Card>
      ))}
    </div>
  );
}

function Latest() {
  const say = useSay();
  const go = useNavigate();
  const every = useLookEvery(5_000);
  const orders = useQuery({
    queryKey: ["orders", "latest"],
    queryFn: () => readPage<Schema<"Order">>("/api/v1/orders", { limit: "10" }, null),
    refetchInterval: every,
  });
  return (
    <Card title={say("start.latest")} extra={<Link to="/orders">{say("start.open_all")}</Link>}>
      <Table
        size="small"
        rowKey="id"
        loading={orders.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={orders.data?.items ?? []}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("table.empty")} /> }}
        onRow={(order) => opening(() => void go(`/orders/${order.id}`))}
        columns={[
          { title: say("order.number"), dataIndex: "number" },
          { title: say("order.status"), render: (_, o) => <State kind="status" value={o.status} /> },
          { title: say("order.payment_status"), render: (_, o) => <State kind="pay" value={o.payment_status} /> },
          { title: say("order.total"), align: "right", render: (_, o) => <Money minor={o.total_minor} currency={o.currency} /> },
          { title: say("order.placed_at"), align: "right", render: (_, o) => <span className="soft">{when(o.placed_at)}</span> },
        ]}
      />
    </Card>
  );
}
