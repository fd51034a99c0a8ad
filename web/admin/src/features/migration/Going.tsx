import { DownloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Card, Progress, Skeleton } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { Refusals } from "./Refusals";

interface Report {
  rows: number;
  ok: number;
  repeated: number;
  refused: number;
  errors: Schema<"RowError">[];
  errors_file: { name: string } | null;
  usage: { seconds: number };
}

const LOOK_MS = 1_000;

/** How far an import is, and what became of its rows. */
export function Going({ id, rows }: { id: string; rows: number | undefined }) {
  const say = useSay();
  const detail = useQuery({
    queryKey: ["import", id],
    queryFn: () => given(api.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } } })),
    refetchInterval: (query) => (query.state.data?.run.finished_at ? false : LOOK_MS),
  });
  if (detail.isPending) return <Skeleton active />;
  if (isWrong(detail)) return <Wrong error={detail.error} onRetry={() => void detail.refetch()} />;
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
          <Refusals
            errors={report.errors}
            extra={
              report.errors_file && (
                <a href={`/api/v1/imports/${run.id}/lists/errors`} download>
                  <DownloadOutlined /> {say("sheets.error_file")}
                </a>
              )
            }
          />
        </>
      )}
    </Card>
  );
}
