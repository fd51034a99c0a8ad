import Taro from "@tarojs/taro";

export const isBrowser = process.env.TARO_ENV === "h5";

/** What is kept on this device between visits; a browser that keeps nothing works as well, for one visit. */
export function kept<T>(key: string, otherwise: T): T {
  try {
    return (Taro.getStorageSync(`mall.${key}`) || otherwise) as T;
  } catch {
    return otherwise;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    Taro.setStorageSync(`mall.${key}`, value);
  } catch (error) {
    console.warn("this device keeps nothing", error);
  }
}

/** What is kept until the tab is closed, so that loading the page anew loses nothing; browsers only. */
export function keptHere<T>(key: string, otherwise: T): T {
  try {
    return { ...otherwise, ...(JSON.parse((isBrowser && sessionStorage.getItem(`mall.${key}`)) || "{}") as Partial<T>) };
  } catch {
    return otherwise;
  }
}

export function keepHere(key: string, value: unknown): void {
  try {
    if (isBrowser) sessionStorage.setItem(`mall.${key}`, JSON.stringify(value));
  } catch (error) {
    console.warn("this tab keeps nothing", error);
  }
}

/** What was typed: browsers say it in the target, mini-programs in the detail. */
export const typed = (event: { target: unknown; detail?: unknown }): string =>
  ((event.detail as { value?: string } | undefined)?.value ?? (event.target as { value?: string }).value) ?? "";
