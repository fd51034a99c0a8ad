import { read, type Answer } from "@/api/client";
import { store } from "@/store";

/** Which products the member keeps; read with the first page that shows it. */
export const favourites = store<{ ids: readonly string[] }>({ ids: [] });

export async function readFavourites(): Promise<Answer<"/api/v1/storefront/favourites">> {
  const kept = await read("/api/v1/storefront/favourites");
  favourites.set({ ids: kept.map((each) => each.product_id) });
  return kept;
}
