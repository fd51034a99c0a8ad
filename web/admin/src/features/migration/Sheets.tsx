import { DownloadOutlined, InboxOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, Progress, Skeleton, Space, Table, Tag, Upload } from "antd";
import { useState } from "react";
import { api, given, Refused, session, type Problem, type Schema } from "../../api/client";
import { holds, useMe } from "../../app/session";
import { useLang, usePick, useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { csv, download, when } from "../../ui/format";
import { useWords, Wrong } from "../../ui/Wrong";

type Known = Schema<"KnownSheet">;
type Run = Schema<"ImportRun">;
type Begun = Schema<"BegunSheet">;

interface Report {
  rows: number;
  ok: number;
  repeated: number;
  refused: number;
  errors: { row_no: number; column: string; code: string; zh: string; en: string }[];
  errors_file: { name: string } | null;
  usage: { seconds: number };
}

const LOOK_MS = 1_000;

/** Send a sheet; the server looks at its headers before it begins. */
async function send(name: string, file: File): Promise<Begun> {
  const answer = await fetch(`/api/v1/import-sheets/${encodeURIComponent(name)}?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "x-csrf-token": session.csrf, "accept-language": session.lang },
    body: file,
  });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(body as Problem);
  return body as Begun;
}

/** Many lines at once by a sheet: which kind, an empty one to fill in, how far it is, and the rows that were refused. */
export function Sheets() {
  const say = useSay();
  const pick = usePick();
  const me = useMe();
  const [name, setName] = useFilter("sheet");
  const [runId, setRun] = useFilter("run");
  const [rows, setRows] = useState<number>();
  const known = useQuery({ queryKey: ["import-sheets"], queryFn: () => given(api.GET("/api/v1/import-sheets")), staleTime: 60_000 });
  if (known.isPending) return <Skeleton active />;
  if (known.error) return <Wrong error={known.error} onRetry={() => void known.refetch()} />;
  const mine = known.data.filter((each) => holds(me.grants, each.grant));
  const chosen = mine.find((each) => each.name === name);
  const choose = (next: Known) => {
    setRun(undefined);
    setRows(undefined);
    setName(next.name);
  };
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.sheets")}</h1>
          <p className="soft">{say("sheets.hint")}</p>
        </div>
      </div>
      <div className="stack">
        <div className="tools">
          {mine.map((each) => (
            <button type="button" key={each.name} className={each.name === name ? "tool chosen" : "tool"} aria-pressed={each.name === name} onClick={() => choose(each)}>
              <b>{pick(each)}</b>
              <span className="soft">{each.columns.map((column) => column.header).join(" · ")}</span>
            </button>
          ))}
        </div>
        {chosen && <Sending key={chosen.name} sheet={chosen} onBegun={(begun) => (setRows(begun.rows), setRun(begun.run.id))} />}
        {runId && <Going id={runId} rows={rows} />}
        <Earlier onOpen={(run) => (setRows(undefined), setRun(run.id))} />
      </div>
    </>
  );
}

function Sending({ sheet, onBegun }: { sheet: Known; onBegun: (begun: Begun) => void }) {
  const say = useSay();
  const word = useWord();
  const pick = usePick();
  const words = useWords();
  const client = useQueryClient();
  const [wrong, setWrong] = useState<unknown>();
  const [isSending, setSending] = useState(false);
  const take = async (file: File) => {
    setWrong(undefined);
    setSending(true);
    try {
      onBegun(await send(sheet.name, file));
      await client.invalidateQueries({ queryKey: ["/api/v1/imports"] });
    } catch (error) {
      setWrong(error);
    } finally {
      setSending(false);
    }
  };
  return (
    <Card
      title={pick(sheet)}
      extra={
        <Button icon={<DownloadOutlined />} onClick={() => download(csv([sheet.columns.map((each) => each.header)]), `${sheet.name}.csv`)}>
          {say("sheets.template")}
        </Button>
      }
    >
      <Space wrap style={{ marginBottom: 12 }}>
        {sheet.columns.map((each) => (
          <Tag key={each.header} color={each.required ? "green" : "default"}>
            {each.header}
            {each.required && ` · ${say("sheets.required")}`}
            {each.kind !== "text" && ` · ${word("cell", each.kind)}`}
          </Tag>
        ))}
      </Space>
      <Upload.Dragger accept=".csv,.xlsx,.xls,.ods,.parquet" showUploadList={false} disabled={isSending} customRequest={({ file, onSuccess }) => void take(file as File).then(() => onSuccess?.({}))}>
        <p>
          <InboxOutlined /> {say(isSending ? "sheets.sending" : "sheets.drop")}
        </p>
        <p className="soft">{say("sheets.drop_hint")}</p>
      </Upload.Dragger>
      {wrong !== undefined && <Alert type="error" showIcon title={words(wrong)} style={{ marginTop: 12 }} />}
    </Card>
  );
}

function Going({ id, rows }: { id: string; rows: number | undefined }) {
  const say = useSay();
  const lang = useLang();
  const detail = useQuery({
    queryKey: ["import", id],
    queryFn: () => given(api.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } } })),
    refetchInterval: (query) => (query.state.data?.run.finished_at ? false : LOOK_MS),
  });
  if (detail.isPending) return <Skeleton active />;
  if (detail.error) return <Wrong error={detail.error} onRetry={() => void detail.refetch()} />;
  const { run } = detail.data;
  const report = detail.data.report as Report | null;
  const percent = report ? 100 : rows ? Math.min(99, Math.round((100 * run.position) / rows)) : 0;
  return (
    <Card title={run.file_name} extra={<span className="soft">{when(run.started_at)}</span>}>
      <Progress percent={percent} status={report ? (report.refused ? "exception" : "success") : "active"} />
      {!report && <p className="soft">{say("sheets.going", { n: run.position.toLocaleString(), rows: rows?.toLocaleString() ?? "…" })}</p>}
      {report && (
        <>
          <p data-testid="outcome">{say("sheets.outcome", { rows: report.rows.toLocaleString(), ok: report.ok.toLocaleString(), refused: report.refused.toLocaleString(), s: report.usage.seconds.toFixed(1) })}</p>
          {report.errors.length > 0 && (
            <Table
              size="small"
              rowKey={(row) => `${row.row_no} ${row.code}`}
              pagination={{ pageSize: 10, hideOnSinglePage: true }}
              title={() => (
                <Space wrap>
                  {say("sheets.errors")}
                  {report.errors_file && (
                    <a href={`/api/v1/imports/${run.id}/lists/errors`} download>
                      <DownloadOutlined /> {say("sheets.error_file")}
                    </a>
                  )}
                </Space>
              )}
              dataSource={report.errors}
              columns={[
                { title: say("sheets.row"), dataIndex: "row_no", align: "right", width: 90 },
                { title: say("sheets.column"), dataIndex: "column", width: 160 },
                { title: say("sheets.why"), render: (_, row) => (lang === "en" ? row.en : row.zh) },
              ]}
            />
          )}
        </>
      )}
    </Card>
  );
}

function Earlier({ onOpen }: { onOpen: (run: Run) => void }) {
  const say = useSay();
  const columns: Column<Run>[] = [
    { key: "file", title: say("sheets.file"), render: (run) => run.file_name, text: (run) => run.file_name },
    { key: "action", title: say("sheets.action"), render: (run) => <code>{run.action}</code>, text: (run) => run.action },
    { key: "who", title: say("sheets.who"), render: (run) => run.actor_name, text: (run) => run.actor_name },
    { key: "at", title: say("sheets.at"), render: (run) => <span className="soft">{when(run.started_at)}</span>, text: (run) => run.started_at },
    { key: "state", title: say("promotion.status"), render: (run) => <Tag color={run.finished_at ? "green" : "processing"}>{say(run.finished_at ? "whatif.finished" : "sheets.not_finished")}</Tag>, text: (run) => run.finished_at ?? "" },
  ];
  return (
    <Card title={say("sheets.earlier")}>
      <CrudTable<Run> name="imports" path="/api/v1/imports" columns={columns} rowKey={(run) => run.id} onOpen={onOpen} empty={say("sheets.empty")} refetchMs={10_000} />
    </Card>
  );
}
