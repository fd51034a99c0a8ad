import Taro, { useDidShow } from "@tarojs/taro";
import { useEffect, type PropsWithChildren, type ReactNode } from "react";
import { FootLine } from "@/features/footing";
import { goBack } from "@/going";
import { t, useLang } from "@/i18n";
import { looks } from "@/looks";
import type { PageName } from "@/routes";
import { shopper, start, toastHere } from "@/shopper";
import { CartLink } from "./CartLink";
import { Footer, Header } from "./Header";
import { Icon, type IconName } from "./Icon";
import { Link } from "./Link";
import { Boundary, Wrong } from "./Wrong";

type Tab = "home" | "list" | "cart" | "me";

const TABS: readonly [Tab, IconName][] = [
  ["home", "home"],
  ["list", "grid"],
  ["cart", "cart"],
  ["me", "user"],
];

interface Props {
  title: string;
  tab?: Tab;
  /** Instead of the bar with the title, on phones. */
  head?: ReactNode;
  /** Fixed to the bottom, on phones. */
  foot?: ReactNode;
  className?: string;
  /** Whether its end is the end of the page on phones too, so that there is room for links to what the shop has to say. */
  isLast?: boolean;
}

/** What every page stands in: a header with search on wide screens, a bar with the title on phones, errors caught. */
export function Shell({ title, tab, head, foot, className = "", isLast, children }: PropsWithChildren<Props>) {
  useLang();
  const { mall, problem } = shopper.use();
  const { isDark, size } = looks.use();
  const name = mall?.name ?? "";
  const whole = title && name ? `${title} · ${name}` : title || name;
  const entitle = () => void (whole && Taro.setNavigationBarTitle({ title: whole }));
  useDidShow(entitle);
  useDidShow(toastHere);
  useEffect(entitle, [whole]);
  return (
    <div className={`shell ${size} ${isDark ? "dark" : ""} ${tab ? "with-tabs" : ""} ${foot ? "with-foot" : ""} ${className}`}>
      <Header tab={tab} />
      {head ?? (
        <div className="bar phone">
          <button className="plain" aria-label={t("bar.back")} onClick={goBack}>
            <Icon name="back" />
          </button>
          <h1>{title}</h1>
          <CartLink />
        </div>
      )}
      <main className="page">
        <Boundary>{problem && !mall ? <Wrong error={problem} again={() => void start()} /> : children}</Boundary>
        {(tab === "home" || tab === "me" || isLast) && <FootLine />}
      </main>
      {foot && <div className="foot-bar">{foot}</div>}
      {tab && <Tabs current={tab} />}
      <Footer />
    </div>
  );
}

function Tabs({ current }: { current: PageName }) {
  const { pieces } = shopper.use();
  return (
    <nav className="tabs phone" aria-label={t("tabs.label")}>
      {TABS.map(([to, icon]) => (
        <Link key={to} to={to} className={to === current ? "on" : ""} isCurrent={to === current}>
          <span className="tab-icon">
            <Icon name={icon} size={24} />
            {to === "cart" && pieces > 0 && <b className="count">{pieces > 99 ? "99+" : pieces}</b>}
          </span>
          {t(`tab.${to}`)}
        </Link>
      ))}
    </nav>
  );
}
