import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { Stream, type Told, type Topics } from "./stream";

/** Which lists may look different after an event, by the beginning of its name and of what a query is called. */
const TOUCHED: [event: RegExp, query: RegExp][] = [
  [/^orders\./, /order|unit|work|exception|shortage|cause/],
  [/^(payments|checkout)\./, /payment|order|credit/],
  [/^(warehouse|inventory)\./, /warehouse|stock|movement|bin|order|unit|shortage|accuracy|today/],
  [/^logistics\./, /parcel|carrier|order|unit/],
  [/^(catalog|storefront)\./, /product|sku|review|question/],
  [/^(pricing|marketing)\./, /promotion|coupon|price|what-if|flash/],
  [/^members\./, /customer/],
  [/^ledger\./, /ledger|trial|entr/],
  [/^rules\./, /table|rule/],
  [/^migration\./, /import/],
  [/^identity\./, /user|role|session|key/],
  [/^messaging\./, /notice/],
];
/** What follows an event (a hold, a unit, a posting) mostly comes within this time. */
const SOON_MS = 400;
/** A page about one thing that was not named looks only now and then. */
const LATER_MS = 6_000;
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

let isOpen = false;
const watching = new Set<() => void>();

function setOpen(next: boolean): void {
  isOpen = next;
  for (const tell of watching) tell();
}

const subscribe = (tell: () => void) => {
  watching.add(tell);
  return () => watching.delete(tell);
};

/** Whether changes are told as they come. */
export const useIsLive = (): boolean => useSyncExternalStore(subscribe, () => isOpen);

/** How often a list looks by itself: so often while nobody tells of changes, else only for what time alone changes. */
export function useLookEvery(ms: number | undefined): number | undefined {
  const isLive = useIsLive();
  return ms === undefined ? undefined : isLive ? Math.max(ms, 60_000) : ms;
}

/** Looks again at what is on the screen and may have changed; many changes at once are one look. */
export class Refresher {
  private due = new Map<string, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: QueryClient) {}

  all(): void {
    void this.client.invalidateQueries({ predicate: (each) => each.queryKey[0] !== "session" && each.queryKey[0] !== "openapi" });
  }

  changed(topics: Topics): void {
    if ("" in topics) return this.all();
    const names = Object.keys(topics);
    const patterns = TOUCHED.filter(([event]) => names.some((name) => event.test(name))).map(([, query]) => query);
    const named = new Set(Object.values(topics).flatMap((keys) => keys ?? []));
    for (const query of this.client.getQueryCache().findAll()) {
      const text = JSON.stringify(query.queryKey);
      if (!patterns.some((pattern) => pattern.test(text))) continue;
      const ids = text.match(ID);
      const isOther = ids !== null && !ids.some((id) => named.has(id));
      this.plan(query.queryHash, Date.now() + (isOther ? LATER_MS : SOON_MS));
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.due.clear();
  }

  private plan(hash: string, at: number): void {
    this.due.set(hash, Math.min(at, this.due.get(hash) ?? Infinity));
    this.timer ??= setTimeout(() => this.look(), SOON_MS);
  }

  private look(): void {
    this.timer = undefined;
    const now = Date.now();
    // One that is being read was asked before it was told of: it is looked at again when the answer is there.
    const isBeingRead = (hash: string) => this.client.getQueryCache().get(hash)?.state.fetchStatus === "fetching";
    const ripe = new Set([...this.due].filter(([hash, at]) => at <= now + 50 && !isBeingRead(hash)).map(([hash]) => hash));
    for (const hash of ripe) this.due.delete(hash);
    if (ripe.size > 0) void this.client.invalidateQueries({ predicate: (each) => ripe.has(each.queryHash) });
    if (this.due.size > 0) this.timer = setTimeout(() => this.look(), SOON_MS);
  }
}

/** While the page is open, what it shows follows what is committed. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const refresher = new Refresher(client);
    let isBehind = false;
    const hear = (told: Told) => {
      if (told.kind === "state") {
        setOpen(told.isOpen);
        if (told.isOpen && isBehind) refresher.all(); // what was read until now may have changed unheard
        isBehind = !told.isOpen;
      } else if (told.kind === "again") refresher.all();
      else refresher.changed(told.topics);
    };
    const end = listen(hear);
    return () => {
      end();
      refresher.stop();
      setOpen(false);
    };
  }, [client]);
}

/** By the worker that all tabs share; by a stream of one's own where a browser has none. */
function listen(hear: (told: Told) => void): () => void {
  if (typeof SharedWorker !== "undefined") {
    const worker = new SharedWorker(new URL("./live.worker.ts", import.meta.url), { type: "module", name: "shangmai-live" });
    worker.port.onmessage = (event: MessageEvent<Told>) => hear(event.data);
    const leave = () => worker.port.postMessage("bye");
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
      worker.port.close();
    };
  }
  const stream = new Stream(hear);
  hear({ kind: "state", isOpen: false });
  stream.open();
  return () => stream.close();
}
