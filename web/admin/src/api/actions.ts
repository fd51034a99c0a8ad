import { read, session, type Problem } from "./client";

export type Input = Record<string, unknown>;
export type Effect = Record<string, unknown>;

export interface Item {
  ok: boolean;
  result?: unknown;
  error?: Problem;
}

export interface Preview {
  effects: Effect[];
}

interface How {
  dryRun?: boolean;
  key?: string;
}

async function post(action: string, input: Input | Input[], { dryRun = false, key }: How): Promise<unknown> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "accept-language": session.lang,
    "x-csrf-token": session.csrf,
  };
  if (key && !dryRun) headers["idempotency-key"] = key;
  return read(fetch(`/api/v1/actions/${action}${dryRun ? "?dry_run=true" : ""}`, { method: "POST", headers, body: JSON.stringify(input) }));
}

/** Carry an action out. The same key twice is carried out once: a double click does no harm. */
export const run = (action: string, input: Input | Input[], key: string): Promise<unknown> => post(action, input, { key });

/** What an action would do, without doing it. */
export const preview = async (action: string, input: Input): Promise<Preview> =>
  (await post(action, input, { dryRun: true })) as Preview;
