import { run } from "../api/actions";
import { inBoth, type Key } from "../i18n";
import { newKey } from "./keys";

/** Where one is, as a notice leads back to it. */
export const here = (): string => window.location.pathname.replace(/^\/admin(?=\/|$)/, "") + window.location.search || "/";

/** Leave oneself a notice of work that took a while: what came of it, and the page it was begun on. */
export async function noteFinished(key: Key, with_: Record<string, string | number>, link: string): Promise<void> {
  await run("messaging.note_finished", { ...inBoth(key, with_), link }, newKey());
}
