import type { Schema } from "../../api/client";
import { send } from "../../ui/upload";

const post = async <T>(path: string, file: File): Promise<T> => (await send(`${path}?name=${encodeURIComponent(file.name)}`, file)) as T;

const at = (mapping: string) => `/api/v1/import-sheets/${encodeURIComponent(mapping)}`;

/** Send a sheet to be brought in; the server looks at its headers before it begins. */
export const bring = (mapping: string, file: File) => post<Schema<"BegunSheet">>(at(mapping), file);

/** What would become of its first rows; nothing changes. */
export const rehearse = (mapping: string, file: File) => post<Schema<"TriedSheet">>(`${at(mapping)}/rehearsal`, file);

/** Its headers and first rows. */
export const look = (file: File) => post<Schema<"SheetLook">>("/api/v1/sheet-headers", file);

export const ENDS = ".csv,.txt,.xlsx,.xls,.ods,.parquet";
