import { Refused, session, type Problem } from "../api/client";
import type { Input } from "../api/actions";
import { newKey } from "../api/keys";

/** Something that was scanned: an action with the key under which it is carried out once, however often it is sent. */
export interface Entry {
  n: number;
  key: string;
  who: string;
  action: string;
  input: Input;
  label: string;
  at: string;
  problem: Problem | null;
}

export type Outcome = { kind: "done"; result: unknown } | { kind: "refused"; problem: Problem } | { kind: "queued" };

const TIMEOUT_MS = 8_000;
const AGAIN_MS = 2_000;
/** Not an answer to what was asked: sent again, under the same key. */
const AWAY = [401, 408, 425, 429, 502, 503, 504];

class Away extends Error {}

/** The clock of the server as far as its answers have told: scanners' clocks are often wrong. */
const clock = { ahead_ms: 0 };
export const serverNow = (): string => new Date(Date.now() + clock.ahead_ms).toISOString();

async function post({ action, input, key }: Entry): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/actions/${action}`, {
      method: "POST",
      headers: { "content-type": "application/json", "accept-language": session.lang, "x-csrf-token": session.csrf, "idempotency-key": key },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Away();
  }
  const told = Date.parse(answer.headers.get("date") ?? "");
  if (!Number.isNaN(told)) clock.ahead_ms = Math.abs(told - Date.now()) > 2_000 ? told - Date.now() : 0;
  if (answer.status === 401) session.onLost();
  if (AWAY.includes(answer.status)) throw new Away();
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(body as Problem);
  return body;
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's store failed"));
  });

/** The browser's store, where a scan is before it is sent, and outlives a page that is closed. */
async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open("shangmai-pda", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("scans", { keyPath: "n" });
  return (await done(opening)).transaction("scans", mode).objectStore("scans");
}

/**
 * What was scanned, in order. Each scan is written down before it is sent, one at a time; without the network they wait,
 * and go in the same order once it is back. A refusal goes to whoever still waits for the answer; one that comes later
 * stays as a conflict until somebody decides.
 */
class Outbox {
  entries: Entry[] = [];
  isAway = false;
  /** Some that waited for the network are still to be sent; until the store was looked into, there may be some. */
  isBehind = true;
  who = "";
  onDone = (): void => undefined;
  private readonly asked = new Map<number, (outcome: Outcome) => void>();
  private readonly heard = new Set<() => void>();
  private readonly ready: Promise<void>;
  private isSending = false;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.ready = this.load();
    window.addEventListener("online", () => void this.pump());
    window.addEventListener("offline", () => this.lose());
  }

  readonly listen = (hear: () => void): (() => void) => {
    this.heard.add(hear);
    return () => this.heard.delete(hear);
  };
  readonly look = (): Entry[] => this.entries;

  /** Whose scans are sent from now on: those of another wait for them. */
  begin(who: string): void {
    this.who = who;
    void this.ready.then(() => this.pump());
  }

  async send(action: string, input: Input, label: string): Promise<Outcome> {
    await this.ready;
    const n = Math.max(Date.now(), ...this.entries.map((each) => each.n + 1));
    const entry: Entry = { n, key: newKey(), who: this.who, action, input, label, at: serverNow(), problem: null };
    this.entries = [...this.entries, entry];
    const answer = new Promise<Outcome>((resolve) => this.asked.set(n, resolve));
    await this.keep(entry);
    this.tell();
    if (this.isAway || !navigator.onLine) this.lose();
    else void this.pump();
    return answer;
  }

  /** Try a refused scan once more, as a new request: what was wrong has been put right meanwhile. */
  async retry(n: number, more: Input = {}): Promise<void> {
    await this.change(n, (each) => ({ ...each, key: newKey(), input: { ...each.input, ...more }, problem: null }));
    void this.pump();
  }

  async drop(n: number): Promise<void> {
    this.entries = this.entries.filter((each) => each.n !== n);
    await this.forget(n);
    this.tell();
  }

  readonly pump = async (): Promise<void> => {
    if (this.isSending || !this.who) return;
    if (!navigator.onLine) return this.lose();
    this.isSending = true;
    clearTimeout(this.again);
    try {
      for (let next = this.next(); next; next = this.next()) await this.sendOne(next);
      this.isAway = false;
      this.isBehind = false;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      this.lose();
    } finally {
      this.isSending = false;
      this.tell();
    }
  };

  private next(): Entry | undefined {
    return this.entries.find((each) => each.problem === null && each.who === this.who);
  }

  private async sendOne(entry: Entry): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = { kind: "done", result: await post(entry) };
    } catch (error) {
      if (error instanceof Away) throw error;
      const problem = error instanceof Refused ? error.problem : { code: "", message: String(error), status: 0, data: {} };
      outcome = { kind: "refused", problem };
    }
    this.isAway = false;
    const answer = this.asked.get(entry.n);
    this.asked.delete(entry.n);
    if (outcome.kind === "done" || answer) await this.drop(entry.n);
    else await this.change(entry.n, (each) => ({ ...each, problem: outcome.kind === "refused" ? outcome.problem : null }));
    answer?.(outcome);
    if (outcome.kind === "done" && !answer) this.onDone();
  }

  /** Whoever waits for an answer goes on without one. */
  private lose(): void {
    this.isAway = true;
    this.isBehind = this.next() !== undefined;
    for (const [n, answer] of this.asked) {
      this.asked.delete(n);
      answer({ kind: "queued" });
    }
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.pump(), AGAIN_MS);
    this.tell();
  }

  private async change(n: number, to: (entry: Entry) => Entry): Promise<void> {
    this.entries = this.entries.map((each) => (each.n === n ? to(each) : each));
    const changed = this.entries.find((each) => each.n === n);
    if (changed) await this.keep(changed);
    this.tell();
  }

  private tell(): void {
    for (const hear of this.heard) hear();
  }

  private async load(): Promise<void> {
    try {
      this.entries = await done((await store("readonly")).getAll() as IDBRequest<Entry[]>);
    } catch {
      this.entries = []; // a private window has no store; scans then live as long as the page
    }
  }

  private async keep(entry: Entry): Promise<void> {
    try {
      await done((await store("readwrite")).put(entry));
    } catch {
      return;
    }
  }

  private async forget(n: number): Promise<void> {
    try {
      await done((await store("readwrite")).delete(n));
    } catch {
      return;
    }
  }
}

export const outbox = new Outbox();
