import { dehydrate, hydrate, type QueryClient } from "@tanstack/react-query";

const PLACE = "shangmai.pda.known";
const APART_MS = 1_000;

/**
 * What a page has read outlives it, so that one that is opened without a network knows who works where on what. It is
 * the reader's own, and forgotten when they sign out. Everything is read anew as soon as the network is there.
 */
export function remember(client: QueryClient): void {
  try {
    hydrate(client, JSON.parse(localStorage.getItem(PLACE) ?? "null"));
  } catch {
    forget();
  }
  void client.invalidateQueries();
  let waits: ReturnType<typeof setTimeout> | undefined;
  client.getQueryCache().subscribe((told) => {
    if (told.type !== "updated" || told.action.type !== "success" || waits) return;
    waits = setTimeout(() => {
      waits = undefined;
      try {
        if (client.getQueryData(["session"])) localStorage.setItem(PLACE, JSON.stringify(dehydrate(client)));
        else forget();
      } catch {
        forget(); // the store is full: then a page without a network knows nothing
      }
    }, APART_MS);
  });
}

export const forget = (): void => localStorage.removeItem(PLACE);

/** Lets the page open without a network from now on; where browsers allow it: by HTTPS, and on the machine itself. */
export function openAnywhere(): void {
  if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/pda-worker.js", { scope: "/pda" }).catch(() => undefined);
}
