import Taro from "@tarojs/taro";
import { looks } from "@/looks";
import { isBrowser, keep, kept } from "@/platform";
import type { paths } from "./schema";

declare const MALL_API: string;

type Body<R> = R extends { content: { "application/json": infer A } } ? A : undefined;
type Given<O> = O extends { responses: infer R } ? Body<R[keyof R & (200 | 201 | 204)]> : never;
type Asked<O> = O extends { requestBody?: { content: { "application/json": infer B } } } ? B : never;
type Query<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : Record<string, never>;
type With<M extends "get" | "post" | "delete"> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends "get" | "post" | "delete"> = paths[P] extends Record<M, infer O> ? O : never;

/** What a read answers, by its path; and what an action takes and answers, by its name. */
export type Answer<P extends With<"get">> = Given<Operation<P, "get">>;
type ActionPath = Extract<With<"post">, `/api/v1/actions/${string}`>;
export type ActionName = ActionPath extends `/api/v1/actions/${infer N}` ? N : never;
export type Input<N extends ActionName> = Exclude<Asked<Operation<`/api/v1/actions/${N}`, "post">>, unknown[]>;
export type Outcome<N extends ActionName> = Exclude<Given<Operation<`/api/v1/actions/${N}`, "post">>, unknown[] | { effects: unknown }>;

export interface Problem {
  code: string;
  message: string;
  status: number;
  data: Record<string, unknown>;
}

/** The server said no, or could not be reached (`offline`): a code for programs, a message for people. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

export const csrfCookie = (): string => (isBrowser ? (/(?:^|; )shangmai_customer_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? "") : "");

/** Whoever was signed in is so no more; of a cart, nobody's is asked for only by whom the page takes for signed in. */
export const LOST: readonly string[] = ["kernel.Unauthenticated", "identity.SessionEnded", "checkout.CartOfNobody"];

/** Who is signed in: browsers prove it by a cookie and a token against forged requests, mini-programs by a token. */
export const credentials = {
  csrf: csrfCookie(),
  token: isBrowser ? "" : kept("token", ""),
  onLost: (): void => undefined,
};

export function keepToken(token: string): void {
  credentials.token = token;
  keep("token", token);
}

interface Request {
  method: "GET" | "POST" | "DELETE";
  address: string;
  body?: unknown;
  key?: string;
}

async function send<T>({ method, address, body, key }: Request): Promise<T> {
  const header: Record<string, string> = { "accept-language": looks.get().lang, "x-act-as": "customer" };
  if (body !== undefined) header["content-type"] = "application/json";
  if (key) header["idempotency-key"] = key;
  if (credentials.token) header["authorization"] = `Bearer ${credentials.token}`;
  const csrf = csrfCookie();
  // The cookies of a session end together. What was asked for as a member is not to be done as a guest.
  if (isBrowser && credentials.csrf && !csrf) {
    credentials.onLost();
    if (method !== "GET") throw new Refused({ code: LOST[0] ?? "", message: "", status: 401, data: {} });
  }
  if (csrf && method !== "GET") header["x-csrf-token"] = csrf;
  const proof = credentials.token || csrf;
  const answer = await exchanged(Taro.request({ url: MALL_API + address, method, header, ...(body === undefined ? {} : { data: JSON.stringify(body) }) }));
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer.data as T;
  const told = answer.data as Partial<Problem> | undefined;
  const now = credentials.token || csrfCookie();
  // Whoever has signed in meanwhile is not lost by what was answered to who was there before.
  if (LOST.includes(told?.code ?? "") && (!now || now === proof)) credentials.onLost();
  if (!told?.code) throw new Refused({ code: "unreadable", message: "", status: answer.statusCode, data: {} });
  throw new Refused({ code: told.code, message: told.message ?? "", status: answer.statusCode, data: told.data ?? {} });
}

interface Answered {
  statusCode: number;
  data: unknown;
}

/**
 * What the server answered. Alipay calls a request failed whose answer is any other than 200, also 201, and hands the answer
 * over with the failure; where there was no network it may call it fine, with no status.
 */
async function exchanged(request: Promise<Answered>): Promise<Answered> {
  try {
    const { statusCode, data } = await request;
    if (statusCode) return { statusCode, data };
  } catch (error) {
    const { status, data } = (error ?? {}) as { status?: number; data?: unknown };
    if (status) return { statusCode: status, data: parsed(data) };
  }
  throw new Refused({ code: "offline", message: "", status: 0, data: {} });
}

/** An answer that comes with a failure may not have been read as JSON yet. */
function parsed(data: unknown): unknown {
  if (typeof data !== "string") return data;
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

type Value = string | number | boolean | null | undefined | readonly string[];

export const queryOf = (query: Record<string, Value>): string =>
  Object.entries(query)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => [name, each] as const))
    .filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");

/** Read an address; `{name}` in it is filled from `at`. */
export function read<P extends With<"get">>(path: P, query?: Query<Operation<P, "get">>, at: Record<string, string> = {}): Promise<Answer<P>> {
  const search = queryOf((query ?? {}) as Record<string, Value>);
  return send({ method: "GET", address: filled(path, at) + (search && `?${search}`) });
}

/** Ask something that takes a body and changes nothing, or sign in. */
export const ask = <P extends With<"post">>(path: P, body?: Asked<Operation<P, "post">>): Promise<Given<Operation<P, "post">>> =>
  send({ method: "POST", address: path, body });

/**
 * Upload a picture as it is; gives under which hash it is kept. By the link of an order, for what is asked for of it, where
 * nobody is signed in. Browsers only.
 */
export async function upload(picture: File, link?: string): Promise<{ sha256: string }> {
  const to = link ? "/api/v1/aftersales/pictures" : "/api/v1/customer/media";
  const headers: Record<string, string> = { "x-act-as": "customer", "accept-language": looks.get().lang, "x-csrf-token": csrfCookie() };
  let answer;
  try {
    answer = await fetch(`${MALL_API}${to}?${queryOf({ name: picture.name.slice(0, 100) || "picture", link })}`, { method: "POST", headers, body: picture });
  } catch {
    throw new Refused({ code: "offline", message: "", status: 0, data: {} });
  }
  const told = (await answer.json()) as { sha256: string } & Partial<Problem>;
  if (answer.ok) return told;
  throw new Refused({ code: told.code ?? "unreadable", message: told.message ?? "", status: answer.status, data: told.data ?? {} });
}

export const remove = (path: With<"delete">): Promise<unknown> => send({ method: "DELETE", address: path });

/** Carry an action out. The same key twice is carried out once: a double tap does no harm. */
export const act = <N extends ActionName>(name: N, input: Input<N>, key?: string): Promise<Outcome<N>> =>
  send({ method: "POST", address: `/api/v1/actions/${name}`, body: input, ...(key ? { key } : {}) });

const filled = (path: string, at: Record<string, string>): string => path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name] ?? ""));

export const newKey = (): string => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
