import { App } from "antd";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { useSay } from "../../i18n";
import { leaveBehind, type Left } from "./page";

/**
 * Asks before a page with something unsaved is left: by the browser when the tab is closed, by a dialog when a link is
 * followed. What is left all the same stays in this tab, to go on with.
 */
export function useLeaving(shop: string, slug: string, left: Left | null): void {
  const say = useSay();
  const navigate = useNavigate();
  const { modal } = App.useApp();
  useEffect(() => {
    if (!left) return undefined;
    leaveBehind(shop, slug, left);
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    const follow = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest<HTMLAnchorElement>("a[href]");
      const isHere = link && link.origin === window.location.origin && link.pathname.startsWith("/admin") && link.target !== "_blank";
      if (!isHere || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      const goal = link.pathname.replace(/^\/admin/, "") + link.search;
      modal.confirm({
        title: say("decor.leave"),
        content: say("decor.leave_hint"),
        okText: say("decor.leave_yes"),
        cancelText: say("decor.stay"),
        onOk: () => void navigate(goal || "/"),
      });
    };
    window.addEventListener("beforeunload", ask);
    document.addEventListener("click", follow, true);
    return () => {
      window.removeEventListener("beforeunload", ask);
      document.removeEventListener("click", follow, true);
    };
  }, [shop, slug, left, modal, navigate, say]);
}
