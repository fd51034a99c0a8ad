import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Drawer, Empty, Select, Skeleton, Switch, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { ActionName, Happened, useWho } from "../../ui/Named";
import { SearchFilter } from "../../ui/SearchFilter";
import { isWrong, useWords, Wrong } from "../../ui/Wrong";

type Line = Schema<"LogLine">;

const DOORS = ["http", "cli", "import", "schedule", "job", "event", "login", "upload", "demo"];

/** Who asked for what, through which door, and what became of it; and whether the log is whole. */
export function Log() {
  const say = useSay();
  const word = useWord();
  const who = useWho();
  const [action] = useFilter("action");
  const [by] = useFilter("by");
  const [door, setDoor] = useFilter("door");
  const [ok, setOk] = useFilter("ok");
  const [people, setPeople] = useFilter("people");
  const [open, setOpen] = useState<string | null>(null);
  const outcome = (l: Line) => (l.ok ? say("log.ok") : (l.error_code ?? ""));
  const columns: Column<Line>[] = [
    { key: "at", title: say("log.at"), render: (l) => <span className="soft">{when(l.at)}</span>, text: (l) => when(l.at) },
    { key: "who", title: say("log.who"), render: (l) => <b>{who(l.actor_name)}</b>, text: (l) => who(l.actor_name) },
    { key: "door", title: say("log.door"), render: (l) => <Tag>{word("door", l.door)}</Tag>, text: (l) => l.door },
    { key: "action", title: say("log.action"), render: (l) => (
        <div className="wraps wide">
          <ActionName name={l.action} />
        </div>
      ), text: (l) => l.action },
    { key: "outcome", title: say("log.outcome"), render: (l) => <Tag color={l.ok ? "green" : "red"}>{outcome(l)}</Tag>, text: outcome },
    { key: "took", title: say("log.took"), align: "right", render: (l) => `${(l.duration_us / 1000).toFixed(1)} ms`, text: (l) => l.duration_us / 1000 },
    { key: "origin", title: say("log.origin"), isHidden: true, render: (l) => l.origin, text: (l) => l.origin },
    { key: "sealed", title: say("log.sealed"), render: (l) => say(l.sealed ? "yes" : "no"), text: (l) => say(l.sealed ? "yes" : "no") },
  ];
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.log")}</h1>
          <p className="soft">{say("log.hint")}</p>
        </div>
        <Chain />
      </div>
      <CrudTable<Line>
        name="log"
        path="/api/v1/log"
        columns={columns}
        rowKey={(l) => l.id}
        query={{ action, by, door, ok, people }}
        onOpen={(l) => setOpen(l.id)}
        filters={
          <>
            <SearchFilter name="action" placeholder={say("log.find_action")} />
            <SearchFilter name="by" placeholder={say("log.find_who")} />
            <Select allowClear placeholder={say("log.door")} aria-label={say("log.door")} value={door} onChange={setDoor} options={DOORS.map((each) => ({ value: each, label: word("door", each) }))} style={{ minWidth: 120 }} />
            <Select
              allowClear
              placeholder={say("log.outcome")}
              aria-label={say("log.outcome")}
              value={ok}
              onChange={setOk}
              options={[
                { value: "true", label: say("log.ok") },
                { value: "false", label: say("log.refused") },
              ]}
              style={{ minWidth: 120 }}
            />
            <Switch aria-label={say("log.people")} checked={people === "true"} onChange={(on) => setPeople(on ? "true" : undefined)} /> <span>{say("log.people")}</span>
          </>
        }
      />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size={640} title={say("log.one")} destroyOnHidden>
        {open && <Detail id={open} />}
      </Drawer>
    </>
  );
}

/** Adds the chain up when asked: it takes a while where the log is long. */
function Chain() {
  const say = useSay();
  const words = useWords();
  const verifying = useMutation({ mutationFn: () => given(api.GET("/api/v1/log/chain")) });
  const told = verifying.data;
  return (
    <div className="stack">
      <Button loading={verifying.isPending} onClick={() => verifying.mutate()}>
        {say("log.verify")}
      </Button>
      {verifying.error && <Alert type="error" showIcon title={words(verifying.error)} />}
      {told &&
        (told.broken_at === null || told.broken_at === undefined ? (
          <Alert type="success" showIcon title={say("log.whole", { n: told.sealed, waiting: told.unsealed })} description={<code>{told.head.slice(0, 32)}…</code>} />
        ) : (
          <Alert type="error" showIcon title={say("log.broken", { n: told.broken_at })} description={told.problem} />
        ))}
    </div>
  );
}

function Detail({ id }: { id: string }) {
  const say = useSay();
  const who = useWho();
  const word = useWord();
  const one = useQuery({ queryKey: ["log", id], queryFn: () => given(api.GET("/api/v1/log/{log_id}", { params: { path: { log_id: id } } })) });
  if (one.isPending) return <Skeleton active />;
  if (isWrong(one)) return <Wrong error={one.error} onRetry={() => void one.refetch()} />;
  const { line, input, refusal, effects } = one.data;
  return (
    <>
      <dl className="sums">
        <dt>{say("log.action")}</dt>
        <dd>
          <ActionName name={line.action} />
        </dd>
        <dt>{say("log.who")}</dt>
        <dd>
          {who(line.actor_name)} · {word("actor", line.actor_kind)} · {word("door", line.door)}
        </dd>
        <dt>{say("log.at")}</dt>
        <dd>{when(line.at)}</dd>
      </dl>
      <h4>{say("action.input")}</h4>
      <pre className="json">{JSON.stringify(input, null, 2)}</pre>
      {!line.ok && (
        <>
          <h4>{say("log.refused")}</h4>
          <pre className="json">{JSON.stringify(refusal, null, 2)}</pre>
        </>
      )}
      <h4>{say("log.effects")}</h4>
      {effects.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("log.no_effects")} />}
      {effects.map((each) => (
        <details key={each.seq} className="effect">
          <summary>
            <Happened name={each.name} />
          </summary>
          <pre className="json">{JSON.stringify(each.payload, null, 2)}</pre>
        </details>
      ))}
    </>
  );
}
