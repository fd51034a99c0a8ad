import type { Schema } from "../../api/client";

export type Subject = Schema<"Subject">;
export type Table = Schema<"DecisionTable">;
export type Row = Schema<"Row">;

/** A table under the pen: which facts have a column, and the rows. */
export interface Draft {
  facts: string[];
  rows: Row[];
}

export function draftOf(table: Table | undefined): Draft {
  const rows = table?.rows ?? [];
  const facts = [...new Set(rows.flatMap((row) => Object.keys(row.when ?? {})))];
  return { facts, rows };
}

/** As the API takes it: empty cells and answers are left out. */
export function tableOf(draft: Draft): Table {
  const full = <T>(pairs: Record<string, T> | undefined) =>
    Object.fromEntries(Object.entries(pairs ?? {}).filter(([, value]) => value !== "" && value !== undefined && value !== null));
  return { rows: draft.rows.map((row) => ({ ...row, when: full(row.when), then: full(row.then) })) };
}

/** The next free id of a row: r1, r2, … */
export function freeId(rows: Row[]): string {
  const taken = new Set(rows.map((row) => row.id));
  let n = rows.length + 1;
  while (taken.has(`r${n}`)) n += 1;
  return `r${n}`;
}

export const changed = (rows: Row[], index: number, part: Partial<Row>): Row[] =>
  rows.map((row, each) => (each === index ? { ...row, ...part } : row));

export function movedUp(rows: Row[], index: number): Row[] {
  const moved = rows[index];
  if (!moved || index === 0) return rows;
  const rest = rows.filter((_, each) => each !== index);
  return [...rest.slice(0, index - 1), moved, ...rest.slice(index - 1)];
}
