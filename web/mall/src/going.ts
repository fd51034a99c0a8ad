import Taro from "@tarojs/taro";
import { queryOf } from "./api/client";
import { isBrowser } from "./platform";
import { addresses, type PageName } from "./routes";

export type Query = Record<string, string | number | readonly string[] | undefined | null>;

const TABS: readonly PageName[] = ["home", "list", "cart", "me"];

/** A page's address in a browser. */
export function addressOf(page: PageName, query: Query = {}): string {
  const search = queryOf(query);
  return addresses[page] + (search && `?${search}`);
}

const fileOf = (page: PageName, query: Query): string => {
  const search = queryOf(query);
  return `/pages/${page}/index${search && `?${search}`}`;
};

const TWICE_MS = 500;
let last = { url: "", at: 0 };

/** Whether somebody has just gone there: of a double click the second would lay the same page over itself. */
function isTwice(url: string): boolean {
  const before = last;
  last = { url, at: Date.now() };
  return before.url === url && last.at - before.at < TWICE_MS;
}

/** Go to a page. Mini-programs keep ten pages at most, so the four of the bar begin anew there. */
export function go(page: PageName, query: Query = {}): void {
  const url = fileOf(page, query);
  if (isTwice(url)) return;
  if (!isBrowser && TABS.includes(page)) void Taro.reLaunch({ url });
  else void Taro.navigateTo({ url });
}

/** Go to a page in the place of this one. */
export const goInstead = (page: PageName, query: Query = {}): void => void Taro.redirectTo({ url: fileOf(page, query) });

export function goBack(): void {
  if (Taro.getCurrentPages().length > 1) void Taro.navigateBack();
  else goInstead("home");
}
