/** A new idempotency key. Plain http outside of localhost has no `randomUUID`. */
export const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The key of an input: that of the same input before, or a new one, which is remembered in `keys`. */
export function keyOf(input: unknown, keys: Map<string, string>): string {
  const said = JSON.stringify(input);
  const key = keys.get(said) ?? newKey();
  keys.set(said, key);
  return key;
}
