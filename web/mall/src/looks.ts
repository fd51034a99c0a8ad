import Taro from "@tarojs/taro";
import { isBrowser, keep, kept } from "./platform";
import { store } from "./store";

export type Lang = "zh-CN" | "en";
export type Theme = "light" | "dark" | "auto";
export type Size = "usual" | "large" | "huge";

const guessed = (): Lang => {
  const spoken = isBrowser ? navigator.language : (Taro.getSystemInfoSync().language ?? "zh");
  return spoken.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
};

const darkness = isBrowser ? window.matchMedia("(prefers-color-scheme: dark)") : undefined;

/** How the mall looks and speaks on this device. */
export const looks = store<{ lang: Lang; theme: Theme; isDark: boolean; size: Size }>({
  lang: kept<Lang>("lang", guessed()),
  theme: kept<Theme>("theme", "auto"),
  isDark: false,
  size: kept<Size>("size", "usual"),
});

function apply(): void {
  const { theme, lang, size } = looks.get();
  const isDark = theme === "dark" || (theme === "auto" && (darkness?.matches ?? false));
  looks.set({ isDark });
  if (!isBrowser) return;
  document.documentElement.lang = lang;
  document.documentElement.dataset["size"] = size;
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", isDark ? "#141816" : "#f7f5ef");
}

export function speak(lang: Lang): void {
  keep("lang", lang);
  looks.set({ lang });
  apply();
}

/** Show all texts larger, as who does not see well needs them. */
export function enlarge(size: Size): void {
  keep("size", size);
  looks.set({ size });
  apply();
}

export function light(theme: Theme): void {
  keep("theme", theme);
  looks.set({ theme });
  apply();
}

darkness?.addEventListener("change", apply);
apply();
