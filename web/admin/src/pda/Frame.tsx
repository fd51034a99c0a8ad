import { useState, useSyncExternalStore, type ReactNode } from "react";
import { Link } from "react-router";
import { Refused } from "../api/client";
import type { Input } from "../api/actions";
import { useSay } from "../i18n";
import { Banner, useTell } from "./feedback";
import { outbox, type Entry, type Outcome } from "./outbox";
import { ScanBar } from "./scanning";

export const useEntries = (): Entry[] => useSyncExternalStore(outbox.listen, outbox.look);

/** How the network is, and what waits for it or for somebody's decision. */
function Line() {
  const say = useSay();
  const entries = useEntries();
  const isAway = useSyncExternalStore(outbox.listen, () => outbox.isAway);
  const isBehind = useSyncExternalStore(outbox.listen, () => outbox.isBehind);
  const conflicts = entries.filter((each) => each.problem).length;
  const waiting = entries.length - conflicts;
  const mood = conflicts ? "bad" : isAway || isBehind ? "wait" : "good";
  const text = conflicts ? say("pda.conflicts", { n: conflicts }) : isAway ? say("pda.away", { n: waiting }) : isBehind ? (waiting ? say("pda.sending", { n: waiting }) : "…") : say("pda.online");
  return (
    <Link to="/outbox" className={`pda-line ${mood}`} data-testid="line">
      {text}
    </Link>
  );
}

interface Props {
  title: ReactNode;
  back?: string | (() => void);
  /** What is to be scanned now; without, nothing is. */
  asks?: string;
  onScan?: (text: string) => void;
  foot?: ReactNode;
  children: ReactNode;
}

/** A page for one hand: where one is above, what to do in the middle, what the thumb reaches below. */
export function Frame({ title, back = "/", asks, onScan, foot, children }: Props) {
  const say = useSay();
  return (
    <div className="pda">
      <header>
        {typeof back === "string" ? (
          <Link to={back} className="pda-back" aria-label={say("pda.back")}>
            ‹
          </Link>
        ) : (
          <button type="button" className="pda-back" aria-label={say("pda.back")} onClick={back}>
            ‹
          </button>
        )}
        <h1>{title}</h1>
        <Line />
      </header>
      <Banner />
      <main>{children}</main>
      <footer>
        {foot}
        {onScan && <ScanBar asks={asks ?? ""} onScan={onScan} />}
      </footer>
    </div>
  );
}

interface StepperProps {
  label: string;
  value: number;
  max?: number;
  min?: number;
  onChange: (value: number) => void;
}

/** How many, by the thumb or by the keys. */
export function Stepper({ label, value, max = 1_000_000_000, min = 1, onChange }: StepperProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const set = (to: number) => onChange(Math.min(Math.max(Number.isNaN(to) ? min : to, min), Math.max(max, min)));
  return (
    <div className="pda-stepper">
      <button type="button" aria-label={`${label} −`} disabled={value <= min} onClick={() => set(value - 1)}>
        −
      </button>
      <input
        data-number
        aria-label={label}
        inputMode="numeric"
        value={draft ?? String(value)}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setDraft(event.target.value.replace(/\D/g, ""))}
        onBlur={() => {
          if (draft) set(Number.parseInt(draft, 10));
          setDraft(null);
        }}
      />
      <button type="button" aria-label={`${label} +`} disabled={value >= max} onClick={() => set(value + 1)}>
        +
      </button>
    </div>
  );
}

/** What is said of an error of a read. */
export function useTellWrong(): (error: unknown) => void {
  const tell = useTell();
  const say = useSay();
  return (error) => tell("bad", error instanceof Refused ? error.message : say("pda.no_network"));
}

/**
 * Carry out what was scanned and say aloud what became of it. Without the network it waits in the outbox, which is said,
 * too, and counts as done here.
 */
export function useSend(): (action: string, input: Input, label: string, good?: (result: unknown) => [string, string?] | null) => Promise<Outcome> {
  const tell = useTell();
  const say = useSay();
  return async (action, input, label, good) => {
    const outcome = await outbox.send(action, input, label);
    if (outcome.kind === "refused") tell("bad", outcome.problem.message);
    else if (outcome.kind === "queued") tell("wait", label, say("pda.queued"));
    else {
      const said = good ? good(outcome.result) : ([label] as [string]);
      if (said) tell("good", ...said);
    }
    return outcome;
  };
}
