import { useLayoutEffect, useRef, type KeyboardEvent as Pressed, type RefObject } from "react";
import { isBrowser } from "@/platform";

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const REACHED = "a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled])";

const reached = (within: HTMLElement, what = REACHED): HTMLElement[] => [...within.querySelectorAll<HTMLElement>(what)].filter((each) => each.getClientRects().length > 0);

/** In a group of radios the arrows choose the next one, as readers of the screen say they do. */
export function byArrows(event: Pressed<HTMLElement>): void {
  const step = STEPS[event.key];
  if (!step) return;
  const all = reached(event.currentTarget, "[role=radio]:not([disabled])");
  const next = all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
}

/**
 * Keep the keyboard within what lies over the page: it begins there, goes round there, comes back when what it was on is
 * replaced, and goes on behind where it was. Escape closes.
 */
export function useHeld(close: () => void): RefObject<HTMLElement> {
  const held = useRef<HTMLElement>(null);
  const closing = useRef(close);
  closing.current = close;
  useLayoutEffect(() => {
    const sheet = held.current;
    if (!isBrowser || !sheet) return;
    const before = document.activeElement as HTMLElement | null;
    sheet.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") return closing.current();
      if (event.key !== "Tab") return;
      const all = reached(sheet);
      const at = document.activeElement;
      const isInside = sheet.contains(at) && at !== sheet;
      const end = event.shiftKey ? all[0] : all.at(-1);
      if (isInside && at !== end) return;
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0])?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      before?.focus();
    };
  }, []);
  return held;
}
