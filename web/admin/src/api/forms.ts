import { useQuery } from "@tanstack/react-query";
import { session } from "./client";

/** The part of JSON Schema that actions' inputs use. */
export interface Field {
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  enum?: (string | number)[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: Field;
  anyOf?: Field[];
  oneOf?: Field[];
  properties?: Record<string, Field>;
  required?: string[];
  $ref?: string;
}

interface Operation {
  summary: string;
  description: string;
  "x-grant"?: string;
  "x-inverse"?: string;
  requestBody: { content: { "application/json": { schema: Field } } };
}

const ACTIONS = "/api/v1/actions/";

interface Document {
  paths: Record<string, { post?: Operation; get?: Operation }>;
  components: { schemas: Record<string, Field> };
}

export interface Form {
  /** The action that undoes it. */
  inverse: string | undefined;
  summary: string;
  description: string;
  input: Field;
  resolve: (field: Field) => Field;
}

const useDocument = (isWanted: boolean): Document | undefined =>
  useQuery({
    queryKey: ["openapi", session.lang],
    queryFn: async () => (await (await fetch(`/openapi.json?lang=${session.lang}`)).json()) as Document,
    staleTime: Infinity,
    enabled: isWanted,
  }).data;

export interface Known {
  name: string;
  summary: string;
  grant: string;
}

/** Every action that asks for a grant, in order of its name. */
export function useActions(): Known[] | undefined {
  const data = useDocument(true);
  if (!data) return undefined;
  return Object.entries(data.paths)
    .filter(([path, { post }]) => path.startsWith(ACTIONS) && post?.["x-grant"])
    .map(([path, { post }]) => ({ name: path.slice(ACTIONS.length), summary: post?.summary ?? "", grant: post?.["x-grant"] ?? "" }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** The first clause of what the server says that something does; none where it does not say it in the reader's language. */
function clauseOf(summary: string): string {
  const clause = summary.split(/[:;；：]|[.。,，](?=\s|$)/)[0] ?? "";
  return session.lang === "en" || /[\u4e00-\u9fff]/.test(clause) ? clause : "";
}

/** Every grant that an action or a read asks for, with what it is good for. */
export function useGrants(): { grant: string; summary: string }[] | undefined {
  const data = useDocument(true);
  if (!data) return undefined;
  return Object.values(data.paths)
    .flatMap((each) => [each.post, each.get])
    .flatMap((each) => (each?.["x-grant"] ? [{ grant: each["x-grant"], summary: clauseOf(each.summary) }] : []));
}

/** The grant that an action asks for, which often has another name; undefined as long as it is not known. */
export function useGrantOf(action: string): string | undefined {
  return useDocument(action !== "")?.paths[`${ACTIONS}${action}`]?.post?.["x-grant"];
}

/** What people call an action: the first clause of what the server says that it does. */
export function useActionWord(): (name: string) => string {
  const data = useDocument(true);
  return (name) => clauseOf(data?.paths[`${ACTIONS}${name}`]?.post?.summary ?? "") || name;
}

/** The form of an action, from the server's own description; fetched when the first form opens. */
export function useForm(action: string | undefined, isWanted: boolean): Form | undefined {
  const data = useDocument(isWanted && action !== undefined);
  const operation = data?.paths[`/api/v1/actions/${action}`]?.post;
  if (!data || !operation) return undefined;
  const resolve = (field: Field): Field => {
    const named = field.$ref ? data.components.schemas[field.$ref.replace("#/components/schemas/", "")] : undefined;
    if (named) return resolve({ ...named, description: field.description ?? named.description, default: field.default ?? named.default });
    const choices = (field.anyOf ?? field.oneOf)?.filter((each) => each.type !== "null");
    return choices?.length === 1 && choices[0] ? resolve({ ...field, anyOf: undefined, oneOf: undefined, ...choices[0] }) : field;
  };
  const { schema } = operation.requestBody.content["application/json"];
  const one = (schema.oneOf ?? schema.anyOf)?.[0] ?? schema;
  return { inverse: operation["x-inverse"], summary: operation.summary, description: operation.description, input: resolve(one), resolve };
}
