import { act, type Input } from "./api/client";
import { isBrowser, keep, kept } from "./platform";
import { shopper } from "./shopper";
import { store } from "./store";

type Event = Input<"storefront.note_behaviour">["events"][number];

const SEND_MS = 15_000;
const WAITING_MAX = 50;

/** Whether the shopper lets be counted what is looked at; nothing is until they say yes. */
export const consent = store<{ answer: "" | "yes" | "no" }>({ answer: kept<"" | "yes" | "no">("consent", "") });

let waiting: Event[] = [];
let every = 1;

export function answerConsent(answer: "yes" | "no"): void {
  keep("consent", answer);
  consent.set({ answer });
  if (answer === "no") waiting = [];
}

/** Note something that was done, to be sent with others; never who did it. Of a rush only a sample is sent. */
export function note(event: Event): void {
  if (consent.get().answer !== "yes" || Math.random() * every >= 1) return;
  waiting = [...waiting, event].slice(-WAITING_MAX);
}

async function send(): Promise<void> {
  const { mall } = shopper.get();
  if (!waiting.length || !mall) return;
  const events = waiting;
  waiting = [];
  try {
    every = (await act("storefront.note_behaviour", { shop_id: mall.id, events, every })).every;
  } catch {
    every = Math.min(every * 2, 100); // counts are worth nobody's trouble: fewer are sent, and these are let go
  }
}

setInterval(() => void send(), SEND_MS);
if (isBrowser) document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void send());
