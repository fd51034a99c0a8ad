import { act, read, type Answer } from "@/api/client";
import { current } from "@/api/current";
import { shopper } from "@/shopper";
import { store } from "@/store";

/** Which products which member keeps; read with the first page that shows it. */
const favourites = store<{ customerId: string | null; ids: readonly string[] }>({ customerId: null, ids: [] });
const kept = current();

export async function readFavourites(): Promise<Answer<"/api/v1/storefront/favourites">> {
  const { customerId } = shopper.get();
  const found = await kept.of(() => read("/api/v1/storefront/favourites"));
  favourites.set({ customerId, ids: found.map((each) => each.product_id) });
  return found;
}

/** Keep a product for later, or no more. */
export async function favour(id: string, isKept: boolean): Promise<void> {
  await act(isKept ? "storefront.add_favourite" : "storefront.remove_favourite", { product_id: id });
  const { customerId } = shopper.get();
  const known = favourites.get();
  const others = known.customerId === customerId ? known.ids.filter((each) => each !== id) : [];
  favourites.set({ customerId, ids: isKept ? [id, ...others] : others });
  kept.changed();
}

/** Whether whoever is signed in keeps a product. */
export function useKept(id: string): boolean {
  const { customerId } = shopper.use();
  const known = favourites.use();
  return customerId !== null && known.customerId === customerId && known.ids.includes(id);
}
