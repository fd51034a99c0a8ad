import { useEffect } from "react";
import { looks } from "@/looks";
import { isBrowser } from "@/platform";
import type { Page } from "./reading";

/**
 * The page inside the admin's editor: it shows what the editor hands over instead of what is published, and a click says
 * which block is meant instead of leading on. Whoever opens the address by themselves has no editor around it, so it is
 * the page that everybody sees; no other site can frame it, and messages count from this site's own pages alone.
 */
export const isPreview = isBrowser && window.parent !== window && new URLSearchParams(window.location.search).get("preview") === "1";

const SHOW = "shangmai.show";
const READY = "shangmai.ready";
const CHOSEN = "shangmai.chosen";

interface Shown {
  page: Page;
  /** The key of the block that is being edited. */
  chosen: string | null;
}

let told: Shown | undefined;
const waiting = new Set<() => void>();

if (isPreview) {
  window.addEventListener("message", (event: MessageEvent<{ kind?: string } & Shown>) => {
    if (event.source !== window.parent || event.origin !== window.location.origin || event.data?.kind !== SHOW) return;
    told = event.data;
    for (const each of waiting) each();
  });
}

const tell = (message: Record<string, unknown>): void => window.parent.postMessage(message, window.location.origin);

/** The page as the editor has it now; the first time it is waited for. */
export function handedOver(): Promise<Page> {
  if (told) return Promise.resolve(told.page);
  return new Promise((resolve) => {
    const once = () => {
      waiting.delete(once);
      if (told) resolve(told.page);
    };
    waiting.add(once);
    tell({ kind: READY, lang: looks.get().lang });
  });
}

/** Look again whenever the editor has something else to show, and bring the block that is edited into sight. */
export function useEditor(again: () => void): void {
  const { lang } = looks.use();
  useEffect(() => {
    if (isPreview && told) tell({ kind: READY, lang });
  }, [lang]);
  useEffect(() => {
    if (!isPreview) return;
    const look = () => {
      again();
      mark();
    };
    const choose = (event: MouseEvent) => {
      const at = event.target as Element | null;
      const block = at?.closest<HTMLElement>("[data-block]");
      if (!block && !at?.closest("a")) return; // the language and the light may be changed
      event.preventDefault();
      event.stopPropagation();
      if (block) tell({ kind: CHOSEN, key: block.dataset["block"] });
    };
    waiting.add(look);
    document.addEventListener("click", choose, true);
    const drawn = new MutationObserver(mark);
    drawn.observe(document.body, { childList: true, subtree: true });
    return () => {
      waiting.delete(look);
      document.removeEventListener("click", choose, true);
      drawn.disconnect();
    };
  }, [again]);
}

let seen: string | null = null;

function mark(): void {
  const chosen = told?.chosen ?? null;
  for (const each of document.querySelectorAll<HTMLElement>("[data-block]")) each.classList.toggle("is-chosen", each.dataset["block"] === chosen);
  const block = document.querySelector<HTMLElement>(".is-chosen");
  if (!block || chosen === seen) return;
  seen = chosen;
  const { top = 0 } = block.firstElementChild?.getBoundingClientRect() ?? {};
  window.scrollBy({ top: top - window.innerHeight / 4 }); // scrollIntoView would scroll the editor around it as well
}
