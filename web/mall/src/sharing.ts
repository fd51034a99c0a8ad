import Taro from "@tarojs/taro";
import { t } from "./i18n";
import { addressOf, type Query } from "./going";
import { isBrowser } from "./platform";
import type { PageName } from "./routes";
import { toast } from "./shopper";

declare const MALL_API: string;

/** A page's whole address, as others can open it. */
export const wholeAddress = (page: PageName, query: Query = {}): string => (isBrowser ? window.location.origin : MALL_API) + addressOf(page, query);

/** Put a text where it can be pasted from. */
export async function copy(text: string, said: string): Promise<void> {
  try {
    if (isBrowser) await navigator.clipboard.writeText(text);
    else await Taro.setClipboardData({ data: text });
    toast(said, true);
  } catch {
    toast(copyByHand(text) ? said : t("share.failed"), true);
  }
}

/** Where the page may not use the clipboard, as over plain HTTP: by a field that is selected. */
function copyByHand(text: string): boolean {
  if (!isBrowser) return false;
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}

/** Let the device share a page, where it can; else copy its address. */
export async function share(title: string, page: PageName, query: Query = {}): Promise<void> {
  const url = wholeAddress(page, query);
  if (isBrowser && navigator.share !== undefined) {
    try {
      await navigator.share({ title, url });
      return;
    } catch (error) {
      if ((error as Error).name === "AbortError") return;
    }
  }
  await copy(url, t("share.copied"));
}
