import { useState } from "react";
import { useSay } from "../i18n";
import { when } from "../ui/format";
import { Frame, useEntries } from "./Frame";
import { outbox, type Entry } from "./outbox";

/** What waits for the network, and what was refused after it was back: each is tried again, corrected, or given up. */
export function OutboxPage() {
  const say = useSay();
  const entries = useEntries();
  const conflicts = entries.filter((each) => each.problem);
  const waiting = entries.filter((each) => !each.problem);
  return (
    <Frame title={say("pda.outbox")}>
      {entries.length === 0 && <p className="pda-empty">{say("pda.outbox.empty")}</p>}
      {conflicts.map((each) => (
        <Conflict key={each.n} entry={each} />
      ))}
      {waiting.map((each) => (
        <div key={each.n} className="pda-line-item">
          <span>
            <b>{each.label}</b>
            <i>{each.who === outbox.who ? when(each.at) : say("pda.outbox.of_another")}</i>
          </span>
          <em>…</em>
        </div>
      ))}
    </Frame>
  );
}

function Conflict({ entry }: { entry: Entry }) {
  const say = useSay();
  const [isSure, setSure] = useState(false);
  const qty = typeof entry.input.qty === "number" ? entry.input.qty : null;
  const left = typeof entry.problem?.data.left === "number" ? entry.problem.data.left : null;
  const isMine = entry.who === outbox.who;
  return (
    <section className="pda-conflict">
      <b>{entry.label}</b>
      <p>{entry.problem?.message}</p>
      <i>{when(entry.at)}</i>
      {isMine && (
        <div className="pda-row">
          <button type="button" className="pda-button quiet" onClick={() => void outbox.retry(entry.n)}>
            {say("pda.outbox.again")}
          </button>
          {qty !== null && left !== null && left > 0 && left < qty && (
            <button type="button" className="pda-button" onClick={() => void outbox.retry(entry.n, { qty: left })}>
              {say("pda.outbox.only", { n: left })}
            </button>
          )}
          <button type="button" className="pda-button danger" onClick={() => (isSure ? void outbox.drop(entry.n) : setSure(true))}>
            {isSure ? say("pda.outbox.sure") : say("pda.outbox.drop")}
          </button>
        </div>
      )}
    </section>
  );
}
