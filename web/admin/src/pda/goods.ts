import { useQuery, type QueryClient } from "@tanstack/react-query";
import { api, given, readPage, type Schema } from "../api/client";
import type { Outcome } from "./outbox";

export type Sku = Schema<"SkuDetail">;

/** A barcode of 12, 13 or 14 digits is the same in any of these lengths. */
const plain = (code: string): string => (/^\d{12,14}$/.test(code) ? code.padStart(14, "0") : code);

/** Whether a scan names a SKU: by one of its barcodes, or by its code. */
export const isOf = (sku: Sku, scanned: string): boolean => sku.code === scanned || sku.barcodes.some((each) => plain(each.text) === plain(scanned));

/** A SKU, kept for the length of a shift: a scanner that has lost the network still knows what it has met. */
export const skuQuery = (id: string) => ({
  queryKey: ["sku", id],
  queryFn: () => given(api.GET("/api/v1/skus/{sku_id}", { params: { path: { sku_id: id } } })),
  staleTime: 3_600_000,
  gcTime: 36_000_000,
});

export const useSku = (id: string): Sku | undefined => useQuery(skuQuery(id)).data;

/** The SKU of a scan: among those met already, else asked for; null where there is none. Raises where there is no network. */
export async function findSku(queries: QueryClient, scanned: string): Promise<Sku | null> {
  const met = queries.getQueriesData<Sku>({ queryKey: ["sku"] }).map(([, sku]) => sku);
  const known = met.find((sku) => sku && isOf(sku, scanned));
  if (known) return known;
  for (const by of ["barcode", "code"]) {
    const [found] = (await readPage<Sku>("/api/v1/skus", { [by]: scanned, limit: "1" }, null)).items;
    if (found) {
      queries.setQueryData(["sku", found.id], found);
      return found;
    }
  }
  return null;
}

/** The answer of an action that was done now. */
export const resultOf = <T>(outcome: Outcome): T | null => (outcome.kind === "done" ? (outcome.result as T) : null);
