import { useEffect, useState } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { ProductPage, ShownSku } from "@/api/shapes";
import { Picker, variantOf, type Picked } from "@/features/product/Picker";
import { t } from "@/i18n";

/** What is wanted instead, and how many pieces of it are there; null: as many as one likes, or nobody knows. */
export interface Swap {
  sku_id: string;
  available: number | null;
}

/** Which variant of the same product is wanted for pieces that go back: the same again, unless another is chosen. */
export function Swapping({ sku, qty, set }: { sku: ShownSku; qty: number; set: (swap: Swap) => void }) {
  const found = useReading(sku.card ? `swap ${sku.product_id}` : null, () => read("/api/v1/storefront/products/{product_id}", undefined, { product_id: sku.product_id }));
  const [picked, setPicked] = useState<Picked>();
  const product = found.data;
  const own = product?.variants.find((each) => each.sku_id === sku.sku_id);
  const now = picked ?? own?.choices;
  const variant = product && now ? variantOf(product, now) : undefined;
  const available = variant ? (variant.in_stock ? variant.available : 0) : null;
  useEffect(() => set({ sku_id: variant?.sku_id ?? sku.sku_id, available }), [variant?.sku_id, available]);
  if (!product || !now || product.variants.length < 2) return <small className="faint">{t(available === 0 ? "aftersale.swap.gone" : "aftersale.swap.same")}</small>;
  const isShort = available !== null && available < qty;
  return (
    <div className="swapping">
      <b>{t("aftersale.swap")}</b>
      <Picker product={product} picked={now} pick={setPicked} />
      <small className={isShort ? "red" : "faint"} role="status">
        {isShort ? t(available ? "aftersale.swap.few" : "aftersale.swap.gone", { n: available }) : variant?.sku_id === sku.sku_id ? t("aftersale.swap.same") : t("aftersale.swap.other", { name: chosenLabels(product, now) })}
      </small>
    </div>
  );
}

const chosenLabels = (product: ProductPage, picked: Picked): string =>
  product.choices.map((choice) => choice.values.find((each) => each.value === picked[choice.key])?.label ?? "").join(" · ");
