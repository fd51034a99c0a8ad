import type { ComponentData, Data } from "@puckeditor/core";
import type { Schema } from "../../api/client";
import type { Block, Kind, Values } from "./kinds";

export type FootSpot = Schema<"FootSpot">;

/** A page as it is edited: what is saved of it, and the blocks in their order. */
export interface Draft {
  title: string;
  title_en: string;
  /** Where in the mall's foot it stands; nowhere without one. */
  foot: FootSpot | null;
  blocks: Block[];
}

const KEY_MAX = 40;

/** Keys are at most so long; the canvas makes longer ids of kind and chance, whose ends are as unlikely to meet. */
export const keyOf = (id: string): string => id.slice(-KEY_MAX).replace(/[^A-Za-z0-9_-]/g, "-");

let made = 0;

/** Blocks with keys of their own, of those that have none. */
export const keyed = (blocks: readonly Values[]): Block[] => blocks.map((each) => ({ key: `${String(each.kind)}-${Date.now().toString(36)}-${(made += 1)}`, ...each })) as unknown as Block[];

/** The canvas holds each block whole in one property, under its key. */
export function toData(draft: Draft): Data {
  const content = draft.blocks.map(({ kind, key, ...values }): ComponentData => ({ type: kind, props: { id: key, values } }));
  return { root: { props: { title: draft.title, title_en: draft.title_en, foot: draft.foot } }, content } as unknown as Data;
}

export function fromData(data: Data): Draft {
  const root = (data.root as { props?: Partial<Draft> }).props ?? {};
  return { title: root.title ?? "", title_en: root.title_en ?? "", foot: root.foot ?? null, blocks: data.content.map((each) => blockOf(each as ComponentData)) };
}

export const blockOf = (item: ComponentData): Block => ({ kind: item.type as Kind, key: keyOf(String(item.props.id)), ...(item.props.values as Values) }) as unknown as Block;

/** Whether two pages say the same: fields that hold what the API would fill in anyway make no difference. */
export const isSame = (one: Draft, other: Draft): boolean => JSON.stringify(plain(one)) === JSON.stringify(plain(other));

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const pairs = Object.entries(value).filter(([, each]) => each !== null && each !== "" && each !== undefined && each !== "everyone");
  return Object.fromEntries(pairs.sort(([a], [b]) => a.localeCompare(b)).map(([name, each]) => [name, plain(each)]));
}

export interface Difference {
  key: string;
  kind: Kind;
  what: "added" | "removed" | "changed" | "moved";
}

/** What a version does differently from the one before it, block by block. */
export function differences(before: readonly Block[], after: readonly Block[]): Difference[] {
  const old = new Map(before.map((each) => [each.key, each]));
  const now = new Set(after.map((each) => each.key));
  const stayed = before.filter((each) => now.has(each.key)).map((each) => each.key);
  let place = 0;
  const found = after.flatMap((each): Difference[] => {
    const was = old.get(each.key);
    if (!was) return [{ key: each.key, kind: each.kind, what: "added" }];
    const isThere = stayed[place] === each.key;
    place += 1;
    if (JSON.stringify(plain(was)) !== JSON.stringify(plain(each))) return [{ key: each.key, kind: each.kind, what: "changed" }];
    return isThere ? [] : [{ key: each.key, kind: each.kind, what: "moved" }];
  });
  return [...found, ...before.filter((each) => !now.has(each.key)).map((each): Difference => ({ key: each.key, kind: each.kind, what: "removed" }))];
}

/** What somebody was at when they left, kept in this tab. */
export interface Left extends Draft {
  base: number;
}

const nameOf = (shop: string, slug: string): string => `shangmai.decoration.${shop}.${slug}`;

export function leftBehind(shop: string, slug: string): Left | null {
  const kept = sessionStorage.getItem(nameOf(shop, slug));
  try {
    return kept ? (JSON.parse(kept) as Left) : null;
  } catch {
    return null;
  }
}

export function leaveBehind(shop: string, slug: string, left: Left | null): void {
  if (left) sessionStorage.setItem(nameOf(shop, slug), JSON.stringify(left));
  else sessionStorage.removeItem(nameOf(shop, slug));
}
