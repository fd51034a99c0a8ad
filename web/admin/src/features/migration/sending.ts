import { Refused, session, type Problem, type Schema } from "../../api/client";

async function post<T>(path: string, file: File): Promise<T> {
  const answer = await fetch(`${path}?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "x-csrf-token": session.csrf, "accept-language": session.lang },
    body: file,
  });
  if (answer.status === 401) session.onLost();
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Refused(body as Problem);
  return body as T;
}

const at = (mapping: string) => `/api/v1/import-sheets/${encodeURIComponent(mapping)}`;

/** Send a sheet to be brought in; the server looks at its headers before it begins. */
export const bring = (mapping: string, file: File) => post<Schema<"BegunSheet">>(at(mapping), file);

/** What would become of its first rows; nothing changes. */
export const rehearse = (mapping: string, file: File) => post<Schema<"TriedSheet">>(`${at(mapping)}/rehearsal`, file);

/** Its headers and first rows. */
export const look = (file: File) => post<Schema<"SheetLook">>("/api/v1/sheet-headers", file);

export const ENDS = ".csv,.txt,.xlsx,.xls,.ods,.parquet";
