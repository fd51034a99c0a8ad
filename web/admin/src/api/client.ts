import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Schema<Name extends keyof Schemas> = Schemas[Name];

/** What the server says when it refuses: a code for programs, a message for people. */
export interface Problem {
  code: string;
  message: string;
  status: number;
  data: Record<string, unknown>;
}

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** Called when the server no longer knows us; the shell then asks to sign in, over the page. */
export const session = { onLost: (): void => undefined, csrf: "", lang: "zh-CN" };

const speaking: Middleware = {
  onRequest({ request }) {
    request.headers.set("accept-language", session.lang);
    if (request.method !== "GET" && session.csrf) request.headers.set("x-csrf-token", session.csrf);
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== "/api/v1/session") session.onLost();
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(speaking);

/** The answer of a read, or its refusal as an exception. */
export async function given<T>(asked: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await asked;
  if (error !== undefined) throw new Refused(error as Problem);
  return data as T;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A page of a list by its path; the tables of all features read this way. */
export async function readPage<T>(path: string, query: Record<string, string>, cursor: string | null): Promise<Page<T>> {
  const search = new URLSearchParams({ limit: "50", ...query });
  if (cursor) search.set("cursor", cursor);
  const answer = await fetch(`${path}?${search}`, { headers: { "accept-language": session.lang } });
  if (answer.status === 401) session.onLost();
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(body as Problem);
  return Array.isArray(body) ? { items: body as T[], next: null } : (body as Page<T>);
}
