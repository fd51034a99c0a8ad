import { read } from "@/api/client";
import { useReading } from "@/api/reading";

const ASKED_AT_MOST = 60;

interface Line {
  sku_id?: string | null;
  title: string;
}

/** The goods of an order's lines as the window shows them now; their names are in the reader's language, a line's title in that of its order. */
export function useSkus(lines: readonly Line[]) {
  const ids = [...new Set(lines.flatMap((line) => (line.sku_id ? [line.sku_id] : [])))].slice(0, ASKED_AT_MOST);
  const shown = useReading(ids.length ? ids.join(" ") : null, () => read("/api/v1/storefront/skus", { id: ids }));
  const skuOf = (line: Line) => shown.data?.find((each) => each.sku_id === line.sku_id);
  return { skuOf, nameOf: (line: Line) => skuOf(line)?.name ?? line.title };
}
