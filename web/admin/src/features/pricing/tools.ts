import dayjs from "dayjs";
import type { Schema } from "../../api/client";

export type Layer = Schema<"PromotionHead">["layer"];
export type Promotion = Schema<"Promotion">;
export type Benefit = { kind: Kind } & Record<string, unknown>;

/** How a figure of a benefit is asked for; each is a control of `Figures`. */
export type As =
  | "tiers_off"
  | "tiers_percent"
  | "measure"
  | "basis"
  | "switch"
  | "money"
  | "money_or_none"
  | "pieces"
  | "points"
  | "off"
  | "off_or_none"
  | "share"
  | "sku_prices"
  | "bundle"
  | "threshold"
  | "levels"
  | "sizes"
  | "gifts"
  | "pick"
  | "goods"
  | "regions"
  | "period";

export interface Figure {
  name: string;
  as: As;
  /** Whether it is asked for at all, by the other figures. */
  isAsked?: (benefit: Benefit) => boolean;
}

export interface Tool {
  kind: Kind;
  group: "off" | "pieces" | "price" | "extra" | "play";
  layers: Layer[];
  first: () => Record<string, unknown>;
  figures: Figure[];
}

const GOODS: Layer[] = ["order", "item", "platform", "coupon"];
const ITEM: Layer[] = ["item", "order", "platform", "coupon"];
const PRICE: Layer[] = ["price"];
const byAmount = (benefit: Benefit) => benefit.measure !== "pieces";
const hasOneTier = (benefit: Benefit) => Array.isArray(benefit.tiers) && benefit.tiers.length === 1;

/** The kinds of promotions as a merchant looks for them, each with a first version that can be saved. */
export const TOOLS = [
  { kind: "amount_off", group: "off", layers: GOODS, first: () => ({ tiers: [{ at: 30000, off: 4000 }], measure: "amount", basis: "running", every: false }), figures: [{ name: "measure", as: "measure" }, { name: "tiers", as: "tiers_off" }, { name: "every", as: "switch", isAsked: hasOneTier }, { name: "basis", as: "basis", isAsked: byAmount }] },
  { kind: "percent_off", group: "off", layers: GOODS, first: () => ({ tiers: [{ at: 2, off: 1000 }, { at: 3, off: 2000 }], measure: "pieces", basis: "running" }), figures: [{ name: "measure", as: "measure" }, { name: "tiers", as: "tiers_percent" }, { name: "basis", as: "basis", isAsked: byAmount }] },
  { kind: "free_shipping", group: "off", layers: ["shipping"], first: () => ({ threshold: { at: 9900, measure: "amount", basis: "discounted" }, off_max_minor: null, not_to: [] }), figures: [{ name: "threshold", as: "threshold" }, { name: "off_max_minor", as: "money_or_none" }, { name: "not_to", as: "regions" }] },
  { kind: "points_deduction", group: "off", layers: ["points"], first: () => ({ step: 100, worth_minor: 100, share_max_bp: 5000, threshold: { at: 0 } }), figures: [{ name: "step", as: "points" }, { name: "worth_minor", as: "money" }, { name: "share_max_bp", as: "share" }, { name: "threshold", as: "threshold" }] },
  { kind: "nth_discount", group: "pieces", layers: ITEM, first: () => ({ nth: 2, off_bp: 5000, same_sku: false }), figures: [{ name: "nth", as: "pieces" }, { name: "off_bp", as: "off" }, { name: "same_sku", as: "switch" }] },
  { kind: "price_for_pieces", group: "pieces", layers: ITEM, first: () => ({ pieces: 3, price_minor: 9900 }), figures: [{ name: "pieces", as: "pieces" }, { name: "price_minor", as: "money" }] },
  { kind: "buy_x_get_y", group: "pieces", layers: ITEM, first: () => ({ buy: 2, get: 1, off_bp: 10000, of: {} }), figures: [{ name: "buy", as: "pieces" }, { name: "get", as: "pieces" }, { name: "off_bp", as: "off" }, { name: "of", as: "goods" }] },
  { kind: "bundle_price", group: "pieces", layers: ITEM, first: () => ({ items: [{ sku_id: "", qty: 1 }, { sku_id: "", qty: 1 }], price_minor: 9900 }), figures: [{ name: "items", as: "bundle" }, { name: "price_minor", as: "money" }] },
  { kind: "special_price", group: "price", layers: PRICE, first: () => ({ prices: [], off_bp: 2000 }), figures: [{ name: "off_bp", as: "off_or_none" }, { name: "prices", as: "sku_prices" }] },
  { kind: "member_price", group: "price", layers: PRICE, first: () => ({ levels: [{ level: "", off_bp: 1000 }], prices: [] }), figures: [{ name: "levels", as: "levels" }] },
  { kind: "flash_sale", group: "price", layers: PRICE, first: () => ({ prices: [{ sku_id: "", price_minor: 990 }] }), figures: [{ name: "prices", as: "sku_prices" }] },
  { kind: "gift", group: "extra", layers: GOODS, first: () => ({ tiers: [{ at: 29900, items: [{ sku_id: "", qty: 1, value_minor: 0 }] }], measure: "amount", basis: "running", pick: "all", every: false, sets_max: 1 }), figures: [{ name: "measure", as: "measure" }, { name: "tiers", as: "gifts" }, { name: "pick", as: "pick" }, { name: "every", as: "switch", isAsked: hasOneTier }, { name: "sets_max", as: "pieces", isAsked: (benefit) => benefit.every === true }] },
  { kind: "add_on", group: "extra", layers: ITEM, first: () => ({ threshold: { at: 9900 }, prices: [{ sku_id: "", price_minor: 990 }], pieces: 1 }), figures: [{ name: "threshold", as: "threshold" }, { name: "prices", as: "sku_prices" }, { name: "pieces", as: "pieces" }] },
  { kind: "exchange", group: "extra", layers: ["coupon", "item", "order", "platform"], first: () => ({ pieces: 1, price_minor: 0 }), figures: [{ name: "pieces", as: "pieces" }, { name: "price_minor", as: "money" }] },
  { kind: "points_price", group: "extra", layers: PRICE, first: () => ({ points: 1000, price_minor: 0 }), figures: [{ name: "points", as: "points" }, { name: "price_minor", as: "money" }] },
  { kind: "group_buy", group: "play", layers: PRICE, first: () => ({ tiers: [{ size: 2, price_minor: 9900 }], leader_price_minor: null }), figures: [{ name: "tiers", as: "sizes" }, { name: "leader_price_minor", as: "money_or_none" }] },
  { kind: "bargain", group: "play", layers: PRICE, first: () => ({ lowest_minor: 990 }), figures: [{ name: "lowest_minor", as: "money" }] },
  { kind: "deposit_presale", group: "play", layers: PRICE, first: () => ({ deposit_minor: 1000, worth_minor: 3000, balance: { from: dayjs().add(7, "day").startOf("day").toISOString(), to: dayjs().add(14, "day").startOf("day").toISOString() } }), figures: [{ name: "deposit_minor", as: "money" }, { name: "worth_minor", as: "money" }, { name: "balance", as: "period" }] },
] as const satisfies readonly (Omit<Tool, "kind"> & { kind: string })[];

export type Kind = (typeof TOOLS)[number]["kind"];
export const toolOf = (kind: string): Tool => (TOOLS as readonly Tool[]).find((each) => each.kind === kind) ?? (TOOLS[0] as Tool);
export const GROUPS = ["off", "pieces", "price", "extra", "play"] as const;
export const LAYERS: Layer[] = ["price", "item", "order", "platform", "coupon", "points", "shipping"];

export interface Goods {
  skus?: string[];
  products?: string[];
  categories?: string[];
  brands?: string[];
  tags?: string[];
}

export interface Scope {
  include: Goods;
  exclude: Goods;
  shops: string[];
  channels: string[];
  levels: string[];
  regions: string[];
}

export interface Hours {
  days: number[];
  start_minute: number;
  end_minute: number;
}

export interface Funder {
  funder: "shop" | "platform" | "influencer" | "supplier";
  party: string | null;
  share_bp: number;
}

export type LimitName = "uses_total" | "uses_per_buyer" | "pieces_per_buyer" | "pieces_total" | "pieces_per_order" | "times_per_order" | "off_max_minor" | "budget_minor";

/** A promotion under the pen: every field stands in it, so that an action asks for none of them. */
export interface Draft {
  code: string;
  name: string;
  name_en: string;
  layer: Layer;
  when: { period: { from: string; to: string | null }; windows: Hours[]; timezone: string };
  benefit: Benefit;
  scope: Scope;
  condition: string;
  limits: Partial<Record<LimitName, number | null>>;
  funders: Funder[];
  group: string | null;
  combines: { layers: Layer[]; same_layer: boolean; never: string[]; always: string[] };
  priority: number;
  needs_coupon: boolean;
}

const fresh = (timezone = "Asia/Shanghai"): Omit<Draft, "benefit" | "layer" | "needs_coupon"> => ({
  code: `P${dayjs().format("YYMMDD-HHmm")}`,
  name: "",
  name_en: "",
  when: { period: { from: dayjs().startOf("hour").toISOString(), to: dayjs().add(7, "day").startOf("hour").toISOString() }, windows: [], timezone },
  scope: { include: {}, exclude: {}, shops: [], channels: [], levels: [], regions: [] },
  condition: "",
  limits: {},
  funders: [{ funder: "shop", party: null, share_bp: 10_000 }],
  group: null,
  combines: { layers: LAYERS, same_layer: false, never: [], always: [] },
  priority: 0,
});

/** A first draft of a tool, in the layer where it usually stands; hours of the week are by the clock of `timezone`. */
export function draftOfTool(kind: Kind, timezone: string): Draft {
  const tool = toolOf(kind);
  const layer = tool.layers[0] ?? "order";
  return { ...fresh(timezone), layer, needs_coupon: layer === "coupon", benefit: { kind, ...tool.first() } };
}

/** What a version says, with everything that it leaves to the defaults. */
export function draftOf(promotion: Promotion): Draft {
  const first = fresh();
  const benefit = promotion.benefit as unknown as Benefit;
  return {
    ...first,
    ...(promotion as unknown as Draft),
    name_en: promotion.name_en ?? "",
    when: { period: first.when.period, windows: [], timezone: "Asia/Shanghai", ...(promotion.when as unknown as Partial<Draft["when"]>) },
    scope: { ...first.scope, ...((promotion.scope ?? {}) as Partial<Scope>) },
    limits: (promotion.limits ?? {}) as Draft["limits"],
    funders: ((promotion.funders as Partial<Funder>[] | undefined) ?? []).length
      ? (promotion.funders as Partial<Funder>[]).map((each) => ({ funder: each.funder ?? "shop", party: each.party ?? null, share_bp: each.share_bp ?? 10_000 }))
      : first.funders,
    combines: { ...first.combines, ...((promotion.combines ?? {}) as Partial<Draft["combines"]>) },
    benefit: { ...defaultsOf(benefit.kind), ...benefit },
    group: promotion.group ?? null,
    condition: promotion.condition ?? "",
    priority: promotion.priority ?? 0,
    needs_coupon: promotion.needs_coupon ?? false,
  };
}

/** The figures that a kind has, without what a first draft proposes for lists. */
function defaultsOf(kind: Kind): Record<string, unknown> {
  const first = toolOf(kind).first();
  return Object.fromEntries(Object.entries(first).map(([name, value]) => [name, name === "off_bp" && kind === "special_price" ? 0 : value]));
}

/** Figures of more than one line. */
export const WIDE: ReadonlySet<As> = new Set(["tiers_off", "tiers_percent", "sku_prices", "bundle", "gifts", "goods", "sizes", "levels"]);

/** Whether every list that a kind needs has a line that is filled in. */
export function isFilled(draft: Draft): boolean {
  const benefit = (inputOf(draft) as { benefit: Record<string, unknown> }).benefit;
  const has = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every((each) => !(each && typeof each === "object" && "items" in each) || has((each as { items: unknown }).items));
  const needed: Partial<Record<Kind, string>> = { flash_sale: "prices", add_on: "prices", bundle_price: "items", gift: "tiers", member_price: "levels" };
  const name = needed[draft.benefit.kind];
  return name === undefined || has(benefit[name]);
}

const EMPTY = new Set(["sku_id", "level"]);

/** What is sent: lines that nobody filled in are left out. */
export function inputOf(draft: Draft): Record<string, unknown> {
  const filled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((each) => !isBlank(each)).map(filled);
    if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each)]));
    return value;
  };
  const { code, name, name_en, layer, when, benefit, scope, condition, limits, funders, group, combines, priority, needs_coupon } = draft;
  const input = { code, name, name_en, layer, when, benefit, scope, condition, limits, funders, group: group || null, combines, priority, needs_coupon };
  return filled(input) as Record<string, unknown>;
}

const isBlank = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.entries(value).some(([name, each]) => EMPTY.has(name) && each === "");
