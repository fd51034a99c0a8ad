import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Empty, Popover, Table, Tag, Typography } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { learn } from "../../i18n/words";
import * as backups from "../../i18n/words/backups";
import { ActionButton } from "../../ui/ActionButton";
import { lasting, when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";

learn(backups);

type Shown = Schema<"BackupShown">;

const OLD_S = 7 * 86_400;
const COLORS: Record<string, string> = { made: "green", failed: "red", running: "blue" };

const size = (bytes: number): string => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);
const isUnderWay = (shown: Shown): boolean => shown.run.state === "waiting" || shown.run.state === "running";

/** Backups: how old the last one is, one more by a click, and what to type to bring one back. */
export function Backups() {
  const say = useSay();
  const word = useWord();
  const told = useQuery({
    queryKey: ["backups"],
    queryFn: () => given(api.GET("/api/v1/backups")),
    refetchInterval: (query) => (query.state.data?.some(isUnderWay) ? 1_000 : 30_000),
  });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  return (
    <Card title={say("backups.title")} extra={<ActionButton action="backups.make" label={say("backups.make")} button={{ type: "primary" }} />}>
      {told.data && <Standing last={told.data.find((each) => each.run.state === "made")} />}
      <Table<Shown>
        size="small"
        rowKey={(each) => each.run.id}
        pagination={{ pageSize: 5, hideOnSinglePage: true, showSizeChanger: false }}
        dataSource={told.data ?? []}
        loading={told.isPending}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("table.empty")} /> }}
        columns={[
          { title: say("backups.asked"), render: (_, each) => when(each.run.asked_at) },
          { title: say("backups.state"), render: (_, each) => <Tag color={COLORS[each.run.state]}>{word("backup", each.run.state)}</Tag> },
          { title: say("backups.file"), render: (_, each) => <File shown={each} /> },
          { title: "", align: "right", render: (_, each) => (each.run.state === "made" ? <HowTo shown={each} /> : null) },
        ]}
      />
    </Card>
  );
}

function Standing({ last }: { last: Shown | undefined }) {
  const say = useSay();
  const lang = useLang();
  if (!last?.run.ended_at) return <Alert className="gap" type="warning" showIcon title={say("backups.none")} />;
  if (!last.is_there) return <Alert className="gap" type="warning" showIcon title={say("backups.gone", { path: last.run.path })} />;
  const age = (Date.now() - new Date(last.run.ended_at).getTime()) / 1000;
  const ago = lasting(Math.max(age, 1), lang);
  if (age > OLD_S) return <Alert className="gap" type="warning" showIcon title={say("backups.old", { ago })} />;
  return <p className="soft">{say("backups.last", { when: when(last.run.ended_at), ago, size: size(last.run.size_bytes ?? 0) })}</p>;
}

function File({ shown: { run, is_there } }: { shown: Shown }) {
  const say = useSay();
  const lang = useLang();
  if (run.state === "failed") return <span className="overdue">{(lang !== "en" && run.problem_zh) || run.problem}</span>;
  if (run.state !== "made") return <span aria-live="polite">{run.step && say("backups.step", { step: run.step, size: size(run.done_bytes) })}</span>;
  return (
    <>
      <div className="soft">{say("backups.rows", { size: size(run.size_bytes ?? 0), rows: (run.rows ?? 0).toLocaleString(lang) })}</div>
      {!is_there && <div className="overdue">{say("backups.away")}</div>}
    </>
  );
}

/** The path, and the two commands; they are typed at the machine, because a restore stops the house. */
function HowTo({ shown }: { shown: Shown }) {
  const say = useSay();
  const command = (what: string, text: string) => (
    <>
      <div>{what}</div>
      <Typography.Paragraph copyable={{ text }} code style={{ overflowWrap: "anywhere" }}>
        {text}
      </Typography.Paragraph>
    </>
  );
  return (
    <Popover
      trigger="click"
      placement="left"
      content={
        <div style={{ maxWidth: 460 }}>
          {command(say("backups.file"), shown.run.path)}
          {command(say("backups.drill"), shown.drill)}
          {command(say("backups.restore"), shown.restore)}
          <div className="soft">{say("backups.key")}</div>
        </div>
      }
    >
      <Typography.Link role="button" tabIndex={0}>
        {say("backups.how")}
      </Typography.Link>
    </Popover>
  );
}
