import type { Schema } from "../../api/client";
import type { Key } from "../../i18n";

export type Block = Schema<"SavePage">["blocks"][number];
export type Kind = Block["kind"];
export type Values = Record<string, unknown>;

/** What a field of a block is filled in with. `most` is the API's own limit. */
export type Field = { name: string; label: Key; isRequired?: boolean } & (
  | { type: "line" | "words"; most: number }
  | { type: "number"; least: number; most: number; unit?: string }
  | { type: "switch" | "product" | "category" | "link" | "picture" | "writing" }
  | { type: "products" | "categories"; most: number }
  | { type: "choice" | "choices"; of: readonly string[]; words: string }
  | { type: "list"; least: number; most: number; first: Values; fields: readonly Field[]; drawnOn?: string }
);

export interface KindOf {
  /** How it stands in the palette: a few letters of a picture font would be too much, one sign is enough. */
  sign: string;
  /** What a new one holds. */
  first: Values;
  fields: readonly Field[];
}

const line = (name: string, label: Key, most = 60, isRequired = false): Field => ({ name, label, type: "line", most, isRequired });
const words = (name: string, label: Key, isRequired = false): Field => ({ name, label, type: "words", most: 200, isRequired });
const link: Field = { name: "link", label: "decor.link", type: "link" };
const picture: Field = { name: "picture", label: "decor.picture", type: "picture" };
const limit = (most = 40): Field => ({ name: "limit", label: "decor.limit", type: "number", least: 1, most });
const percent = (name: string, label: Key, least = 0): Field => ({ name, label, type: "number", least, most: 100, unit: "%" });

/** Every kind of block, in the order of the palette: what it is made of, and what a new one holds. */
export const KINDS: Record<Kind, KindOf> = {
  hero: { sign: "★", first: { product_id: null }, fields: [{ name: "product_id", label: "decor.hero_product", type: "product" }] },
  banner: {
    sign: "▬",
    first: { title: "新的横幅", title_en: "New banner", text: "", text_en: "", picture: "", link: null },
    fields: [picture, line("title", "decor.title", 60), line("title_en", "decor.title_en"), words("text", "decor.text"), words("text_en", "decor.text_en"), link],
  },
  carousel: {
    sign: "❏",
    first: { slides: [{ title: "第一张", picture: "", link: null }, { title: "第二张", picture: "", link: null }] },
    fields: [{ name: "slides", label: "decor.slides", type: "list", least: 1, most: 8, first: { title: "", picture: "", link: null }, fields: [picture, line("title", "decor.title"), line("title_en", "decor.title_en"), link] }],
  },
  notice: { sign: "❝", first: { text: "新的公告", text_en: "New notice", link: null }, fields: [words("text", "decor.text", true), words("text_en", "decor.text_en"), link] },
  kinds: { sign: "◫", first: { categories: [] }, fields: [{ name: "categories", label: "decor.categories", type: "categories", most: 10 }] },
  coupons: { sign: "¥", first: { limit: 6 }, fields: [limit()] },
  flash: { sign: "⚡", first: { limit: 10 }, fields: [limit()] },
  offers: {
    sign: "⚭",
    first: { kinds: ["group_buy", "bargain", "presale"], limit: 6 },
    fields: [{ name: "kinds", label: "decor.offers", type: "choices", of: ["group_buy", "bargain", "presale"], words: "offer" }, limit()],
  },
  goods: {
    sign: "▦",
    first: { title: "精选好物", title_en: "Selected for you", products: [], category_id: null, sort: "sales", limit: 8, layout: "row" },
    fields: [
      line("title", "decor.title"),
      line("title_en", "decor.title_en"),
      { name: "products", label: "decor.products", type: "products", most: 40 },
      { name: "category_id", label: "decor.of_category", type: "category" },
      { name: "sort", label: "decor.sort", type: "choice", of: ["sales", "newest", "price_up", "price_down"], words: "sort" },
      limit(),
      { name: "layout", label: "decor.layout", type: "choice", of: ["grid", "row"], words: "layout" },
    ],
  },
  floor: {
    sign: "▤",
    first: { category_id: null, title: "", title_en: "", picture: "", limit: 4 },
    fields: [{ name: "category_id", label: "decor.category", type: "category", isRequired: true }, line("title", "decor.title"), line("title_en", "decor.title_en"), picture, limit()],
  },
  zones: {
    sign: "⌗",
    first: { picture: "", alt: "", zones: [] },
    fields: [
      { ...picture, isRequired: true },
      line("alt", "decor.alt"),
      {
        name: "zones",
        label: "decor.zones",
        type: "list",
        least: 0,
        most: 20,
        drawnOn: "picture",
        first: { left: 10, top: 10, width: 30, height: 30, label: "", link: { to: "place", place: "list" } },
        fields: [line("label", "decor.zone_label", 60, true), percent("left", "decor.left"), percent("top", "decor.top"), percent("width", "decor.width", 1), percent("height", "decor.height", 1), { ...link, isRequired: true }],
      },
    ],
  },
  text: { sign: "¶", first: { body: [{ type: "paragraph", text: "在这里写点什么。" }], body_en: [] }, fields: [{ name: "body", label: "decor.body", type: "writing", isRequired: true }, { name: "body_en", label: "decor.body_en", type: "writing" }] },
  title: {
    sign: "T",
    first: { title: "新的标题", title_en: "New heading", hint: "", hint_en: "", link: null },
    fields: [line("title", "decor.title", 60, true), line("title_en", "decor.title_en"), line("hint", "decor.hint_line"), line("hint_en", "decor.hint_en"), link],
  },
  space: { sign: "↕", first: { height: 16, has_line: false }, fields: [{ name: "height", label: "decor.room", type: "number", least: 4, most: 120, unit: "px" }, { name: "has_line", label: "decor.has_line", type: "switch" }] },
  member: { sign: "☺", first: {}, fields: [] },
};
export const NAMES = Object.keys(KINDS) as Kind[];

/** Places that a link may lead to, as every mall has them. */
export const PLACES = ["list", "flash", "coupons", "orders", "kept", "me", "help"] as const;
export const LINKS = ["product", "category", "page", "place", "search", "web"] as const;
export const AUDIENCES = ["everyone", "members", "guests"] as const;

/** The labels of fields that still have to be filled in. */
export function missing(kind: Kind, values: Values): Key[] {
  return KINDS[kind].fields.flatMap((field) => missingIn(field, values[field.name]));
}

function missingIn(field: Field, value: unknown): Key[] {
  if (field.type === "list") return ((value as Values[] | undefined) ?? []).flatMap((each) => field.fields.flatMap((inner) => missingIn(inner, each[inner.name])));
  if (field.type === "link") return isWhole(value as Values | null) && !(field.isRequired && !value) ? [] : [field.label];
  if (field.type === "choices") return (value as unknown[]).length ? [] : [field.label];
  if (!field.isRequired) return [];
  const isEmpty = Array.isArray(value) ? value.length === 0 : typeof value === "string" ? !value.trim() : value === null || value === undefined;
  return isEmpty ? [field.label] : [];
}

/** Whether a link says where it leads; nowhere is an answer as well. */
function isWhole(link: Values | null | undefined): boolean {
  if (!link) return true;
  const wanted: Record<string, string> = { product: "product_id", category: "category_id", page: "slug", place: "place", search: "q", web: "url" };
  return String(link[wanted[String(link.to)] ?? ""] ?? "").trim() !== "";
}

/** What a mall shows before its first page is decorated, as blocks to begin with. */
export const USUAL: Values[] = [
  { kind: "hero", ...KINDS.hero.first },
  { kind: "kinds", categories: [] },
  { kind: "flash", limit: 10 },
  { kind: "coupons", limit: 6 },
  { kind: "offers", kinds: ["group_buy", "bargain", "presale"], limit: 6 },
  { kind: "goods", title: "热卖榜", title_en: "Best sellers", products: [], category_id: null, sort: "sales", limit: 8, layout: "grid" },
  { kind: "goods", title: "新品上架", title_en: "New arrivals", products: [], category_id: null, sort: "newest", limit: 4, layout: "grid" },
];
