/** Every word of the admin; each file of `words/` has its English beside its Chinese, which the compiler holds it to. */
import * as aftersales from "./words/aftersales";
import * as cards from "./words/cards";
import * as carriers from "./words/carriers";
import * as catalog from "./words/catalog";
import * as channels from "./words/channels";
import * as coupons from "./words/coupons";
import * as decoration from "./words/decoration";
import * as desk from "./words/desk";
import * as goods from "./words/goods";
import * as ground from "./words/ground";
import * as house from "./words/house";
import * as imports from "./words/imports";
import * as members from "./words/members";
import * as money from "./words/money";
import * as orders from "./words/orders";
import * as pda from "./words/pda";
import * as pricing from "./words/pricing";
import * as rules from "./words/rules";
import * as shell from "./words/shell";
import * as statements from "./words/statements";
import * as stock from "./words/stock";
import * as tools from "./words/tools";

export const zh = {
  ...aftersales.zh,
  ...cards.zh,
  ...carriers.zh,
  ...catalog.zh,
  ...channels.zh,
  ...coupons.zh,
  ...decoration.zh,
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

export type Key = keyof typeof zh;

export const en: Record<Key, string> = {
  ...aftersales.en,
  ...cards.en,
  ...carriers.en,
  ...catalog.en,
  ...channels.en,
  ...coupons.en,
  ...decoration.en,
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
