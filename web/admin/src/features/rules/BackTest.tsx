import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Card, InputNumber, Space, Table, Tag } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { Link } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { useWords } from "../../ui/Wrong";
import { tableOf, type Draft } from "./table";

type Tested = Schema<"BackTested">;
type Previewed = Schema<"Previewed">;

/** Asks the table under the pen about the orders of the last days, beside the one in force. */
export function BackTest({ companyId, subject, draft }: { companyId: string; subject: string; draft: Draft }) {
  const say = useSay();
  const words = useWords();
  const [days, setDays] = useState(30);
  const testing = useMutation({
    mutationFn: async (): Promise<{ audit?: Tested; other?: Previewed }> => {
      const asked = { company_id: companyId, table: tableOf(draft), since: dayjs().subtract(days, "day").toISOString(), until: dayjs().toISOString() };
      if (subject === "orders.audit") return { audit: await given(api.POST("/api/v1/orders/back-test", { body: asked })) };
      return { other: await given(api.POST("/api/v1/orders/preview-table", { body: { ...asked, subject } })) };
    },
  });
  return (
    <Card title={say("rules.test")}>
      <Space wrap>
        <InputNumber min={1} max={730} value={days} onChange={(value) => setDays(value ?? 30)} aria-label={say("rules.test_days", { n: days })} />
        <span>{say("rules.test_days", { n: days })}</span>
        <Button type="primary" ghost loading={testing.isPending} disabled={draft.rows.length === 0} onClick={() => testing.mutate()}>
          {say("rules.test_run")}
        </Button>
      </Space>
      {testing.error && <Alert type="error" showIcon title={words(testing.error)} style={{ marginTop: 12 }} />}
      {testing.data?.audit && <AuditResult tested={testing.data.audit} />}
      {testing.data?.other && <OtherResult tested={testing.data.other} />}
    </Card>
  );
}

function AuditResult({ tested }: { tested: Tested }) {
  const say = useSay();
  const word = useWord();
  const changes = Object.entries(tested.changes);
  return (
    <div className="stack" style={{ marginTop: 12 }}>
      <p className="soft">{say("rules.test_orders", { n: tested.orders, s: tested.seconds.toFixed(1) })}</p>
      <div>
        <b>{say("rules.test_changes")}</b>{" "}
        {changes.length === 0 && say("rules.test_no_changes")}
        {changes.map(([change, orders]) => (
          <Tag key={change} color="gold">
            {change.split("→").map((each) => word("verdict", each.trim())).join(" → ")} · {orders}
          </Tag>
        ))}
      </div>
      <Table
        size="small"
        rowKey={(hits) => `${hits.row} ${hits.verdict}`}
        pagination={false}
        dataSource={tested.rows}
        columns={[
          { title: say("rules.row"), render: (_, hits) => hits.row ?? say("rules.test_otherwise") },
          { title: say("rules.then"), render: (_, hits) => word("verdict", hits.verdict) },
          { title: say("rules.test_hit_orders"), dataIndex: "orders", align: "right" },
          {
            title: say("order.amount"),
            align: "right",
            render: (_, hits) => Object.entries(hits.total_minor).map(([currency, minor]) => <Money key={currency} minor={minor} currency={currency} />),
          },
        ]}
      />
      {tested.changed.length > 0 && (
        <Table
          size="small"
          title={() => say("rules.test_list")}
          rowKey="order_id"
          pagination={{ pageSize: 10, hideOnSinglePage: true }}
          dataSource={[...tested.changed]}
          columns={[
            { title: say("order.number"), render: (_, order) => <Link to={`/orders/${order.order_id}`}>{order.number}</Link> },
            { title: say("rules.today"), render: (_, order) => word("verdict", order.today) },
            { title: say("rules.then_"), render: (_, order) => word("verdict", order.then) },
            { title: say("rules.row"), dataIndex: "row" },
            { title: say("order.total"), align: "right", render: (_, order) => <Money minor={order.total_minor} currency={order.currency} /> },
            { title: say("order.placed_at"), render: (_, order) => when(order.placed_at) },
          ]}
        />
      )}
    </div>
  );
}

function OtherResult({ tested }: { tested: Previewed }) {
  const say = useSay();
  return (
    <div className="stack" style={{ marginTop: 12 }}>
      <p className="soft">{say("rules.test_orders", { n: tested.orders, s: tested.seconds.toFixed(1) })}</p>
      <div>
        <b>{say("rules.test_changes")}</b> {tested.changed === 0 ? say("rules.test_no_changes") : <Tag color="gold">{tested.changed}</Tag>}
      </div>
      <Table
        size="small"
        title={() => say("rules.test_hits")}
        rowKey={(hits) => hits.row ?? ""}
        pagination={false}
        dataSource={tested.rows}
        columns={[
          { title: say("rules.row"), render: (_, hits) => hits.row ?? say("rules.test_otherwise") },
          { title: say("rules.test_hit_orders"), dataIndex: "orders", align: "right" },
        ]}
      />
    </div>
  );
}
