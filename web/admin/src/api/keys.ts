/** A new idempotency key. Plain http outside of localhost has no `randomUUID`. */
export const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
