/** Each page by its name: its address in a browser. Its file is pages/NAME/index. */
export const addresses = {
  home: "/",
  list: "/mall/list",
  search: "/mall/search",
  product: "/mall/product",
  cart: "/mall/cart",
  checkout: "/mall/checkout",
  result: "/mall/result",
  order: "/mall/order",
  orders: "/mall/orders",
  me: "/mall/me",
  review: "/mall/review",
  notices: "/mall/notices",
  aftersale: "/mall/aftersale",
  friend: "/mall/friend",
  kept: "/mall/kept",
  offer: "/mall/offer",
  group: "/mall/group",
  bargain: "/mall/bargain",
  flash: "/mall/flash",
  coupons: "/mall/coupons",
  addresses: "/mall/addresses",
  account: "/mall/account",
  help: "/mall/help",
  login: "/mall/login",
  page: "/mall/page",
  lost: "/mall/lost",
} as const;

export type PageName = keyof typeof addresses;

export const pages = Object.keys(addresses).map((name) => `pages/${name}/index`);

/** By file, as Taro's router wants it. */
export const customRoutes: Record<string, string> = Object.fromEntries(
  Object.entries(addresses).map(([name, address]) => [`/pages/${name}/index`, address]),
);
