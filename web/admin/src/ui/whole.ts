import { readPage } from "../api/client";

/** As many as the API gives at once. */
export const PAGE_ROWS = 200;

/** Every row of a list, page by page under the reader's own rights; stops between pages when asked to. */
export async function readWhole<T>(path: string, query: Record<string, string>, onCount: (n: number) => void, signal: AbortSignal): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: T[]; next: string | null } = await readPage<T>(path, { ...query, limit: String(PAGE_ROWS) }, cursor);
    rows.push(...page.items);
    cursor = page.next;
    onCount(rows.length);
  } while (cursor !== null && !signal.aborted);
  return rows;
}
