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

/** Whether what went wrong may be over soon: the network, or a server that is away. */
export const isPassing = (error: unknown): boolean => !(error instanceof Refused) || error.problem.status > 500;

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

/** Thrown as where the server is not reached: something between here and there has answered in its place. */
const notOurs = (): never => {
  throw new TypeError("the answer is not the server's");
};

const isProblem = (body: unknown): body is Problem => typeof body === "object" && body !== null && "code" in body;

/** The answer of a read, or its refusal as an exception. */
export async function given<T>(asked: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await asked;
  if (error !== undefined) throw isProblem(error) ? new Refused(error) : notOurs();
  return data as T;
}

const bodyOf = (answer: Response): Promise<unknown> => answer.json().catch(notOurs);

/** An answer that is none of a refusal, which is an exception. */
export async function accepted(asked: Promise<Response>): Promise<Response> {
  const answer = await asked;
  if (answer.status === 401) session.onLost();
  if (answer.ok) return answer;
  const problem = await bodyOf(answer);
  throw isProblem(problem) ? new Refused(problem) : notOurs();
}

/** What an answer holds, or its refusal as an exception. */
export const read = async (asked: Promise<Response>): Promise<unknown> => bodyOf(await accepted(asked));

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A page of a list by its path; the tables of all features read this way. */
export async function readPage<T>(path: string, query: Record<string, string>, cursor: string | null): Promise<Page<T>> {
  const search = new URLSearchParams({ limit: "50", ...query });
  if (cursor) search.set("cursor", cursor);
  const body = await read(fetch(`${path}?${search}`, { headers: { "accept-language": session.lang } }));
  return Array.isArray(body) ? { items: body as T[], next: null } : (body as Page<T>);
}
