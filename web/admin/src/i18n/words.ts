/** Every word of the admin; each file of `words/` has its English beside its Chinese, which the compiler holds it to. */
import * as aftersales from "./words/aftersales";
import type * as backups from "./words/backups";
import * as cards from "./words/cards";
import * as carriers from "./words/carriers";
import * as catalog from "./words/catalog";
import * as channels from "./words/channels";
import * as coupons from "./words/coupons";
import type * as decoration from "./words/decoration";
import * as desk from "./words/desk";
import * as goods from "./words/goods";
import * as ground from "./words/ground";
import * as house from "./words/house";
import * as imports from "./words/imports";
import * as members from "./words/members";
import * as money from "./words/money";
import * as orders from "./words/orders";
import * as pda from "./words/pda";
import type * as posting from "./words/posting";
import * as pricing from "./words/pricing";
import * as rules from "./words/rules";
import * as shell from "./words/shell";
import type * as sourcing from "./words/sourcing";
import type * as staff from "./words/staff";
import * as statements from "./words/statements";
import * as stock from "./words/stock";
import * as tools from "./words/tools";
import type * as watching from "./words/watching";

const first = {
  ...aftersales.zh,
  ...cards.zh,
  ...carriers.zh,
  ...catalog.zh,
  ...channels.zh,
  ...coupons.zh,
  ...desk.zh,
  ...goods.zh,
  ...ground.zh,
  ...house.zh,
  ...imports.zh,
  ...members.zh,
  ...money.zh,
  ...orders.zh,
  ...pda.zh,
  ...pricing.zh,
  ...rules.zh,
  ...shell.zh,
  ...statements.zh,
  ...stock.zh,
  ...tools.zh,
};

/** Words that come with the feature that says them, so that nobody else has to wait for them. */
type Later = keyof typeof backups.zh | keyof typeof decoration.zh | keyof typeof posting.zh | keyof typeof sourcing.zh | keyof typeof staff.zh | keyof typeof watching.zh;
export type Key = keyof typeof first | Later;

export const zh = first as Record<Key, string>;

const firstEn: Record<keyof typeof first, string> = {
  ...aftersales.en,
  ...cards.en,
  ...carriers.en,
  ...catalog.en,
  ...channels.en,
  ...coupons.en,
  ...desk.en,
  ...goods.en,
  ...ground.en,
  ...house.en,
  ...imports.en,
  ...members.en,
  ...money.en,
  ...orders.en,
  ...pda.en,
  ...pricing.en,
  ...rules.en,
  ...shell.en,
  ...statements.en,
  ...stock.en,
  ...tools.en,
};

export const en = firstEn as Record<Key, string>;

/** Add the words of a feature, before it says any. */
export function learn(words: { zh: Partial<Record<Later, string>>; en: Partial<Record<Later, string>> }): void {
  Object.assign(zh, words.zh);
  Object.assign(en, words.en);
}
