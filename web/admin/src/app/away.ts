import { QueryCache, QueryClient, type Query } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { isPassing } from "../api/client";

const AGAIN_MS = 3_000;

let isAway = false;
const watching = new Set<() => void>();

function setAway(next: boolean): void {
  if (isAway === next) return;
  isAway = next;
  for (const tell of watching) tell();
}

const subscribe = (tell: () => void) => {
  watching.add(tell);
  return () => watching.delete(tell);
};

/**
 * Asks at once even where the browser thinks that there is no network: who waits is told why, and what was confirmed is
 * never sent later, unseen. What was read before stays on the page while the server is away.
 */
export const client = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => setAway(isPassing(error)), onSuccess: () => setAway(false) }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      networkMode: "always",
      refetchOnReconnect: true,
      refetchOnWindowFocus: true,
      retry: (count, error) => isPassing(error) && count < 2,
    },
    mutations: { networkMode: "always" },
  },
});

/** Whether the server could not be read from just now. As long as it is so, what failed is asked for again. */
export function useIsAway(): boolean {
  const is = useSyncExternalStore(subscribe, () => isAway);
  useEffect(() => {
    if (!is) return;
    const again = () => {
      const failed = { type: "active" as const, predicate: (each: Query) => each.state.status === "error" && isPassing(each.state.error) };
      if (client.getQueryCache().findAll(failed).length === 0) setAway(false); // nothing on this page waits for it
      else void client.refetchQueries(failed);
    };
    const timer = setInterval(again, AGAIN_MS);
    return () => clearInterval(timer);
  }, [is]);
  return is;
}
