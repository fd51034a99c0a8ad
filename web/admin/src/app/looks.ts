import { theme, type ThemeConfig } from "antd";
import type { Lang } from "../i18n";

/** How the admin looks to one person in one browser. */
export interface Looks {
  lang: Lang;
  isDark: boolean;
  isDense: boolean;
}

export const FIRST_LOOKS: Looks = { lang: "zh-CN", isDark: window.matchMedia("(prefers-color-scheme: dark)").matches, isDense: false };

/** Some are made ill by things that move, and say so to their system; nothing moves for them. */
const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export function themeOf({ isDark, isDense }: Looks): ThemeConfig {
  return {
    algorithm: [isDark ? theme.darkAlgorithm : theme.defaultAlgorithm, ...(isDense ? [theme.compactAlgorithm] : [])],
    token: {
      motion: !isStill,
      colorPrimary: isDark ? "#3fb493" : "#0c6b56",
      colorLink: isDark ? "#4fc3a1" : "#0c6b56",
      colorTextPlaceholder: isDark ? "#94a59e" : "#66736d",
      colorTextDescription: isDark ? "#9fb0a9" : "#56655f",
      colorError: isDark ? "#f2777a" : "#c4221b",
      borderRadius: 8,
      colorBgLayout: isDark ? "#0e1613" : "#f6f7f3",
      colorBgContainer: isDark ? "#15201c" : "#ffffff",
      colorBgElevated: isDark ? "#1a2722" : "#ffffff",
      fontFamily: 'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    },
    components: {
      Layout: { headerBg: isDark ? "#15201c" : "#ffffff", siderBg: isDark ? "#15201c" : "#ffffff", headerHeight: 56, triggerBg: isDark ? "#1b2823" : "#eef1ec", triggerColor: isDark ? "#9fb0a9" : "#56655f" },
      Menu: { groupTitleColor: "#56655f", darkGroupTitleColor: "#9fb0a9", itemSelectedBg: "#e3f1ec", itemSelectedColor: "#0c6b56", darkItemBg: "#15201c", darkItemSelectedBg: "#17332b", darkItemSelectedColor: "#4fc3a1", itemBorderRadius: 8, activeBarBorderWidth: 0 },
      Table: { headerBg: isDark ? "#1b2823" : "#f3f5f0", cellPaddingBlock: isDense ? 6 : 11, cellPaddingInline: 12, rowSelectedBg: isDark ? "#17332b" : "#e3f1ec", rowSelectedHoverBg: isDark ? "#1c3d34" : "#d7ebe4" },
      Checkbox: { borderRadiusSM: 4 },
      Switch: isDark ? {} : { colorTextQuaternary: "#6b7872", colorTextTertiary: "#5a6762" }, // white words can be read on it while it is off
      Button: isDark ? { primaryColor: "#06201a" } : {},
    },
  };
}
