import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { holds, useMe } from "../../app/session";
import { usePick, useSay } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { Going } from "./Going";
import { MappingEditor } from "./MappingEditor";
import { useHeading } from "./mapping";
import { Sending } from "./Sending";

type Known = Schema<"KnownSheet">;
type Run = Schema<"ImportRun">;

/** Many lines at once by a sheet: which kind, an empty one to fill in, how far it is, and the rows that were refused. */
export function Sheets() {
  const say = useSay();
  const pick = usePick();
  const heading = useHeading();
  const me = useMe();
  const [name, setName] = useFilter("sheet");
  const [runId, setRun] = useFilter("run");
  const [rows, setRows] = useState<number>();
  const [file, setFile] = useState<File>();
  const [isMapping, setMapping] = useState(false);
  const known = useQuery({ queryKey: ["import-sheets"], queryFn: () => given(api.GET("/api/v1/import-sheets")), staleTime: 60_000 });
  if (known.isPending) return <Skeleton active />;
  if (isWrong(known)) return <Wrong error={known.error} onRetry={() => void known.refetch()} />;
  const mine = known.data.filter((each) => holds(me.grants, each.grant));
  const chosen = mine.find((each) => each.name === name);
  const choose = (next: Known) => {
    setRun(undefined);
    setFile(undefined);
    setMapping(false);
    setRows(undefined);
    setName(next.name);
  };
  const saved = async (own: string, mapped: File) => {
    await known.refetch();
    setMapping(false);
    setFile(mapped);
    setName(own);
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
              <b>
                {pick(each)} {each.is_saved && <Tag>{say("imports.own")}</Tag>}
              </b>
              <span className="soft">{each.columns.map(heading).join(" · ")}</span>
            </button>
          ))}
        </div>
        {chosen && (
          <Sending
            key={chosen.name}
            sheet={chosen}
            first={file}
            onBegun={(begun) => (setFile(undefined), setRows(begun.rows), setRun(begun.run.id))}
            onUnlike={(unlike) => (setFile(unlike), setMapping(true))}
          />
        )}
        {chosen && isMapping && <MappingEditor key={`mapping ${chosen.name} ${file?.name}`} base={chosen} first={file} onClose={() => setMapping(false)} onSaved={(own, mapped) => void saved(own, mapped)} />}
        {runId && <Going id={runId} rows={rows} />}
        <Earlier onOpen={(run) => (setRows(undefined), setRun(run.id))} />
      </div>
    </>
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
