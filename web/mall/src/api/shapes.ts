import type { components } from "./schema";
import type { Answer } from "./client";

type Schemas = components["schemas"];

export type Listing = Answer<"/api/v1/storefront/products">;
export type Card = Listing["items"][number];
export type Facet = Listing["facets"][number];
export type ProductPage = Answer<"/api/v1/storefront/products/{product_id}">;
export type Variant = ProductPage["variants"][number];
export type ShownSku = Answer<"/api/v1/storefront/skus">[number];
export type FlashSale = Answer<"/api/v1/marketing/flash-sales">[number];
export type OpenCoupon = Answer<"/api/v1/coupons/open">[number];
export type FoundOrder = Answer<"/api/v1/checkout/order">;
export type OwnOrder = Answer<"/api/v1/checkout/orders">["items"][number];
export type Me = Answer<"/api/v1/customer">;
export type CartView = Schemas["CartView"];
export type CartItem = Schemas["CartItem"];
export type CheckoutQuote = Schemas["CheckoutQuote"];
export type Quote = Schemas["Quote"];
export type Receiver = Schemas["Receiver"];
