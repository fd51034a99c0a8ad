import type { Input } from "../../api/actions";
import type { Schema } from "../../api/client";

export type Rule = Schema<"Rule">;
type Value = string | number | boolean | string[] | null;

export interface ConditionRow {
  key: number;
  field: string | undefined;
  op: string;
  value: Value;
}

export interface LineRow {
  key: number;
  debit: string | undefined;
  debitParty: string | undefined;
  credit: string | undefined;
  creditParty: string | undefined;
  amount: string | undefined;
  red: boolean;
}

/** A rule as it is written, half-filled perhaps. */
export interface Draft {
  name: string;
  event: string | undefined;
  when: ConditionRow[];
  lines: LineRow[];
  summary: string;
}

export const LISTS = ["in", "not_in"];
export const OPS = ["eq", "ne", "in", "not_in", "gt", "ge", "lt", "le"];

export const freshLine = (key: number): LineRow => ({ key, debit: undefined, debitParty: undefined, credit: undefined, creditParty: undefined, amount: undefined, red: false });

/** The next key of a list of rows. */
export const nextKey = (rows: { key: number }[]): number => Math.max(0, ...rows.map((row) => row.key)) + 1;

export function draftOf(rule: Rule | null): Draft {
  if (!rule) return { name: "", event: undefined, when: [], lines: [freshLine(1)], summary: "" };
  return {
    name: rule.name,
    event: rule.event,
    summary: rule.summary,
    when: rule.when.map((each, index) => ({ key: index + 1, field: each.field, op: each.op, value: Array.isArray(each.value) ? each.value.map(String) : each.value })),
    lines: rule.lines.map((each, index) => ({
      key: index + 1,
      debit: each.debit.account,
      debitParty: each.debit.party ?? undefined,
      credit: each.credit.account,
      creditParty: each.credit.party ?? undefined,
      amount: each.amount,
      red: each.red ?? false,
    })),
  };
}

const side = (account: string | undefined, party: string | undefined): Input => (party ? { account, party } : { account });

/** A list is of whole numbers where the field is one. */
const valueOf = (row: ConditionRow, isNumber: boolean): Value | number[] => (Array.isArray(row.value) && isNumber ? row.value.map(Number) : row.value);

/** What is published of a draft. */
export function published(draft: Draft, company: string, isNumber: (field: string) => boolean): Input {
  return {
    company_id: company,
    name: draft.name,
    event: draft.event,
    when: draft.when.filter((row) => row.field).map((row) => ({ field: row.field, op: row.op, value: valueOf(row, isNumber(row.field ?? "")) })),
    lines: draft.lines.map((row) => ({ debit: side(row.debit, row.debitParty), credit: side(row.credit, row.creditParty), amount: row.amount, red: row.red })),
    summary: draft.summary,
  };
}

/** Whether everything that a rule needs has been said. */
export const isWhole = (draft: Draft): boolean =>
  Boolean(draft.name && draft.event && draft.summary.trim()) && draft.lines.every((row) => row.debit && row.credit && row.amount) && draft.when.every((row) => row.field && row.value !== "");
