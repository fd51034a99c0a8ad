import { keep, kept } from "./platform";

/** A product that was looked at on this device. */
export interface Seen {
  id: string;
  at: string;
}

const SEEN_MAX = 60;

/** What was looked at on this device, the newest first; nobody else is told. */
export const seen = (): Seen[] => kept<Seen[]>("seen", []);

export function noteSeen(id: string): void {
  keep("seen", [{ id, at: new Date().toISOString() }, ...seen().filter((each) => each.id !== id)].slice(0, SEEN_MAX));
}

export const forgetSeen = (): void => keep("seen", []);
