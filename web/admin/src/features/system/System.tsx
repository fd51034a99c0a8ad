import { useQuery } from "@tanstack/react-query";
import { Card, Empty, Space, Table, Tag } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { lasting } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { Backups } from "./Backups";

export function System() {
  const say = useSay();
  const mayBackUp = useGrant("backups.read");
  return (
    <>
      <div className="head">
        <h1>{say("nav.system")}</h1>
      </div>
      <div className="two">
        <div className="stack">
          <Lags />
          <Parked />
          {mayBackUp && <Backups />}
        </div>
        <Health />
      </div>
    </>
  );
}

/** What is told of the server's state, be it a good one or, with a status of 503, a bad one. */
async function eitherWay<T>(asked: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await asked;
  return (data ?? error) as T;
}

function Health() {
  const say = useSay();
  const lang = useLang();
  const health = useQuery({ queryKey: ["health"], queryFn: () => eitherWay(api.GET("/healthz")), refetchInterval: 3_000 });
  const ready = useQuery({ queryKey: ["ready"], queryFn: () => eitherWay(api.GET("/readyz")), refetchInterval: 3_000 });
  const { data } = health;
  const seen = ready.data?.worker_seen_s_ago;
  const isWell = data?.status === "ok" && !health.error;
  return (
    <Card title={say("system.health")} extra={<Tag color={isWell ? "green" : "red"}>{say(isWell ? "system.ok" : "system.away")}</Tag>}>
      <dl className="sums">
        <dt>{say("system.version")}</dt>
        <dd>{data?.version}</dd>
        <dt>{say("system.uptime")}</dt>
        <dd>{data && lasting(data.uptime_s, lang)}</dd>
        <dt>{say("system.database")}</dt>
        <dd>{typeof data?.database_ms === "number" ? `${data.database_ms} ms` : say("system.away")}</dd>
        <dt>{say("system.worker")}</dt>
        <dd>{seen === null || seen === undefined ? say("system.away") : say("system.worker_seen", { s: seen.toFixed(0) })}</dd>
      </dl>
    </Card>
  );
}

function Lags() {
  const say = useSay();
  const lags = useQuery({ queryKey: ["lag"], queryFn: () => given(api.GET("/api/v1/events/lag")), refetchInterval: 3_000 });
  if (isWrong(lags)) return <Wrong error={lags.error} onRetry={() => void lags.refetch()} />;
  const rows = ((lags.data ?? []) as Schema<"Lag">[]).filter((each) => each.waiting > 0 || each.parked > 0);
  return (
    <Card title={say("system.lag")}>
      <Table
        size="small"
        rowKey={(each) => `${each.consumer} ${each.lane}`}
        pagination={false}
        dataSource={rows}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("system.no_lag")} /> }}
        columns={[
          { title: say("system.consumer"), dataIndex: "consumer" },
          { title: say("system.waiting"), dataIndex: "waiting", align: "right" },
          { title: say("system.oldest"), align: "right", render: (_, each) => each.oldest_s.toFixed(1) },
          { title: say("system.parked"), dataIndex: "parked", align: "right" },
        ]}
      />
    </Card>
  );
}

function Parked() {
  const say = useSay();
  const events = useQuery({ queryKey: ["parked", "events"], queryFn: () => given(api.GET("/api/v1/events/parked")), refetchInterval: 10_000 });
  const jobs = useQuery({ queryKey: ["parked", "jobs"], queryFn: () => given(api.GET("/api/v1/jobs/parked")), refetchInterval: 10_000 });
  const rows = [
    ...((events.data ?? []) as Schema<"Parked">[]).map((each) => ({
      key: `event ${each.consumer} ${each.seq}`,
      what: each.consumer,
      attempts: each.attempts,
      reason: each.reason,
      doings: <ActionButton action="events.replay" grant="events.manage" label={say("system.replay")} given={{ consumer: each.consumer, seq: each.seq }} button={{ size: "small" }} />,
    })),
    ...((jobs.data ?? []) as Schema<"ParkedJob">[]).map((each) => ({
      key: `job ${each.id}`,
      what: each.name,
      attempts: each.attempts,
      reason: each.reason,
      doings: (
        <Space>
          <ActionButton action="jobs.replay" grant="jobs.manage" label={say("system.replay")} given={{ id: each.id }} button={{ size: "small" }} />
          <ActionButton action="jobs.discard" grant="jobs.manage" label={say("system.discard")} given={{ id: each.id }} button={{ size: "small", danger: true }} />
        </Space>
      ),
    })),
  ];
  return (
    <Card title={`${say("system.parked_events")} · ${say("system.parked_jobs")}`}>
      <Table
        size="small"
        rowKey="key"
        pagination={false}
        dataSource={rows}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("system.none_parked")} /> }}
        columns={[
          { title: say("system.consumer"), dataIndex: "what" },
          { title: say("payment.attempts"), dataIndex: "attempts", align: "right" },
          { title: say("payment.reason"), dataIndex: "reason" },
          { title: "", dataIndex: "doings", align: "right" },
        ]}
      />
    </Card>
  );
}
