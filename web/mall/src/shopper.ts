import Taro from "@tarojs/taro";
import { act, ask, credentials, csrfCookie, keepToken, read, Refused, remove, type Answer, type Input } from "./api/client";
import { current } from "./api/current";
import type { CartView } from "./api/shapes";
import { isBrowser, keep, keepHere, kept } from "./platform";
import { store } from "./store";

interface Shopper {
  mall?: Answer<"/api/v1/storefront/mall">;
  customerId: string | null;
  /** Whether a session has ended by itself; whoever signs out knows. */
  isLost: boolean;
  isKnown: boolean;
  pieces: number;
  problem?: Refused;
}

/** Who shops in which mall, and how many pieces are in the cart. `isKnown`: whether it has been looked who it is. */
export const shopper = store<Shopper>({ customerId: null, isLost: false, isKnown: false, pieces: 0 });

let guestToken = kept("cart", "");

/** Who is signed in, which is found out when the application starts, and changed by whoever signs in or out meanwhile. */
const identity = current();

/** Somebody signed in or out: the other tabs of this browser find out who shops now. */
const tellTabs = (): void => keep("signed", Date.now());

if (isBrowser) window.addEventListener("storage", (event) => event.key === "mall.signed" && void start());

/** Find out which mall this is and who is signed in; the pages wait for it. */
export async function start(): Promise<void> {
  credentials.onLost = () => {
    credentials.csrf = "";
    if (!isBrowser) keepToken("");
    const { customerId, isLost } = shopper.get();
    shopper.set({ customerId: null, isLost: isLost || customerId !== null });
  };
  if (isBrowser) credentials.csrf = csrfCookie();
  guestToken = kept("cart", "");
  shopper.set({ problem: undefined });
  try {
    const [mall, customerId] = await identity.of(() => Promise.all([read("/api/v1/storefront/mall"), whoIsSignedIn()]));
    shopper.set({ mall, customerId, isKnown: true });
    if (customerId) await bringCart(mall.id);
    if (guestToken || customerId) await readCart();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    shopper.set({ problem: error });
  }
}

async function whoIsSignedIn(): Promise<string | null> {
  if (!credentials.csrf && !credentials.token) return null;
  try {
    const signedIn = await read("/api/v1/customer/session");
    credentials.csrf = signedIn.csrf_token ?? credentials.csrf;
    return signedIn.customer_id;
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) return null;
    throw error;
  }
}

/** Whose cart: of the customer who is signed in, or of the token that this device keeps. */
export async function owner(): Promise<{ shop_id: string; cart_token?: string }> {
  const { mall, customerId } = shopper.get();
  if (!mall) throw new Refused({ code: "offline", message: "", status: 0, data: {} });
  if (customerId) return { shop_id: mall.id };
  if (!guestToken) {
    guestToken = (await ask("/api/v1/checkout/carts")).cart_token;
    keep("cart", guestToken);
  }
  return { shop_id: mall.id, cart_token: guestToken };
}

/** The cart, which is read by several pages and changed by several. */
export const cart = current();

export async function readCart(region?: string): Promise<CartView> {
  const found = await cart.of(async () => ask("/api/v1/checkout/cart", { ...(await owner()), ...(region ? { region } : {}) }));
  shopper.set({ pieces: found.lines.reduce((sum, line) => sum + line.qty, 0) });
  return found;
}

export async function putIn(skuId: string, qty: number, key: string): Promise<void> {
  const { pieces } = await act("checkout.add_to_cart", { ...(await owner()), lines: [{ sku_id: skuId, qty }] }, key);
  shopper.set({ pieces });
  cart.changed();
}

export async function setLines(lines: Input<"checkout.set_lines">["lines"]): Promise<void> {
  await act("checkout.set_lines", { ...(await owner()), lines });
  cart.changed();
}

type SignedIn = Awaited<ReturnType<typeof signInBy>>;
const signInBy = (login: string, password: string) => ask("/api/v1/customer/session", { login, password, as_token: !isBrowser });

export const signInByPassword = async (login: string, password: string): Promise<void> => welcome(await signInBy(login, password));

export async function signInByCode(challenge: string, code: string): Promise<void> {
  await welcome(await ask("/api/v1/customer/session/by-code", { challenge, code, as_token: !isBrowser }));
}

/** Note who has signed in, and bring what they had put into a guest's cart into their own. */
async function welcome(signedIn: SignedIn): Promise<void> {
  credentials.csrf = signedIn.csrf_token ?? "";
  if (signedIn.token) keepToken(signedIn.token);
  identity.changed();
  shopper.set({ customerId: signedIn.customer_id, isLost: false });
  try {
    await bringCart(signedIn.shop_id);
    tellTabs();
    await readCart();
  } catch (error) {
    if (!isAway(error)) throw error; // who is signed in is signed in: the cart comes when the shop is reached again
  }
}

/** What was put into a guest's cart comes into the member's. */
async function bringCart(shopId: string): Promise<void> {
  if (!guestToken) return;
  try {
    await act("checkout.merge_cart", { shop_id: shopId, cart_token: guestToken });
  } catch (error) {
    if (isAway(error)) throw error; // refused for good: that cart is no more
  }
  guestToken = "";
  keep("cart", "");
  cart.changed();
}

/** Not answered, rather than refused. */
export const isAway = (error: unknown): boolean => error instanceof Refused && (error.problem.status === 0 || error.problem.status >= 500);

/** Whoever comes to this tab next finds nothing that was typed in it. */
export const forget = (): void => keepHere("wish", {});

export async function signOut(): Promise<void> {
  await remove("/api/v1/customer/session");
  forget();
  credentials.onLost();
  identity.changed();
  shopper.set({ pieces: 0, isLost: false });
  tellTabs();
}

/** Orders placed on this device without signing in, the newest first. */
export const ownLinks = (): { number: string; link: string; at: string }[] => kept("orders", []);

export function keepLink(number: string, link: string): void {
  keep("orders", [{ number, link, at: new Date().toISOString() }, ...ownLinks().filter((each) => each.number !== number)].slice(0, 20));
}

export const toast = (title: string, isGood = false): void => void Taro.showToast({ title, icon: isGood ? "success" : "none", duration: 2200 });

let forThere: Parameters<typeof toast> | undefined;

/** Tell it on the page that is gone to now: what is told on a page goes with it. */
export function toastThere(...told: Parameters<typeof toast>): void {
  forThere = told;
}

/** A page is there: tell what the one before it had to say. */
export function toastHere(): void {
  if (forThere) toast(...forThere);
  forThere = undefined;
}
