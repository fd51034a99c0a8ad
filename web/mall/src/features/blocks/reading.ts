import { useEffect } from "react";
import { read, type Answer } from "@/api/client";
import type { OpenCoupon } from "@/api/shapes";
import { salesOf } from "@/features/flash";
import { offersOf, type Offer } from "@/features/offers";
import { looks } from "@/looks";
import { categories } from "@/ui/Header";
import { handedOver, isPreview, useEditor } from "./preview";

export type Page = Answer<"/api/v1/storefront/pages/{slug}">;
export type ShownBlock = Page["blocks"][number];
export type Block = ShownBlock["block"];
export type Of<K extends Block["kind"]> = Extract<Block, { kind: K }>;

/** A page of blocks with all that its blocks show: a page that is built up piece by piece jumps. */
export interface Decorated {
  page: Page;
  flash?: Awaited<ReturnType<typeof salesOf>>;
  coupons: readonly OpenCoupon[];
  offers: readonly Offer[];
  categories: readonly { id: string; name: string; parent: string | null }[];
}

const LATER_MS = 300;
const LONGEST_MS = 2 ** 31 - 1;

export async function decorated(slug: string, shop: string, isMember: boolean): Promise<Decorated> {
  const page = isPreview ? await handedOver() : await read("/api/v1/storefront/pages/{slug}", { member: isMember }, { slug });
  const has = (kind: Block["kind"]) => page.blocks.some(({ block }) => block.kind === kind);
  const none = () => undefined;
  const [flash, coupons, offers, all] = await Promise.all([
    has("flash") ? salesOf(shop).catch(none) : undefined,
    has("coupons") ? read("/api/v1/coupons/open", { shop_id: shop }).catch(none) : undefined,
    has("offers") ? offersOf(shop).catch(none) : undefined,
    has("kinds") ? categories().catch(none) : undefined,
  ]);
  return { page, flash, coupons: coupons ?? [], offers: offers ?? [], categories: all ?? [] };
}

/** Read the page again when one of its blocks begins or ends; within the editor, when something is changed there. */
export function useTurns(shown: Decorated | undefined, again: () => void): void {
  const at = isPreview ? null : shown?.page.turns_at;
  useEditor(again);
  useEffect(() => {
    if (!at) return;
    const timer = setTimeout(again, Math.min(Math.max(Date.parse(at) - Date.now(), 0) + LATER_MS, LONGEST_MS));
    return () => clearTimeout(timer);
  }, [at, again]);
}

/** A text in the reader's language; without the English one, the Chinese. */
export const saidIn = (zh: string | undefined, en: string | undefined): string => (looks.get().lang === "en" && en) || zh || "";
