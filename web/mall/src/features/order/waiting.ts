import { useEffect } from "react";
import type { FoundOrder } from "@/api/shapes";

/** Whether something can be paid of an order now: all of it, a deposit, or its balance. */
export const isWaiting = (order: Pick<FoundOrder, "due_minor">): boolean => order.due_minor > 0;

const LOOK_MS = 2000;

/** Look again while something can be paid, as the money comes on another page; whoever returns early sees it come. */
export function useLooks(isDue: boolean, again: () => void): void {
  useEffect(() => {
    if (!isDue) return;
    const timer = setInterval(again, LOOK_MS);
    return () => clearInterval(timer);
  }, [isDue, again]);
}
