import type { ProductPage, Variant } from "@/api/shapes";
import { money } from "@/i18n";
import { byArrows } from "@/ui/keys";

/** By the key of each choice, the value that was chosen. */
export type Picked = Record<string, string>;

/** Of several variants the one asked for, else the cheapest in stock; of one, that. */
export function pickFor(product: ProductPage, skuId?: string): Picked {
  const inStock = product.variants.filter((each) => each.in_stock);
  const cheapest = [...(inStock.length ? inStock : product.variants)].sort((a, b) => a.price_minor - b.price_minor)[0];
  return (product.variants.find((each) => each.sku_id === skuId) ?? cheapest)?.choices ?? {};
}

export const variantOf = (product: ProductPage, picked: Picked): Variant | undefined =>
  product.variants.find((each) => product.choices.every(({ key }) => each.choices[key] === picked[key]));

/** What variants differ in; beside each value what it would cost, and whether it is there. */
export function Picker({ product, picked, pick }: { product: ProductPage; picked: Picked; pick: (choice: Picked) => void }) {
  const now = variantOf(product, picked);
  return (
    <>
      {product.choices.map((choice) => (
        <div key={choice.key} className="row option">
          <span className="label">{choice.label}</span>
          <div className="options" role="radiogroup" aria-label={choice.label} onKeyDown={byArrows}>
            {choice.values.map(({ value, label }) => {
              const there = variantOf(product, { ...picked, [choice.key]: value });
              const differs = there && now && there.price_minor !== now.price_minor;
              const isOn = picked[choice.key] === value;
              return (
                <button key={value} role="radio" aria-checked={isOn} disabled={!there} className={`${isOn ? "on" : ""} ${there && !there.in_stock ? "out" : ""}`} onClick={() => pick({ ...picked, [choice.key]: value })}>
                  {label}
                  {differs && <small>{money(there.price_minor, product.card.currency)}</small>}
                </button>
              );
            })}
          </div>
        </div>
      ))}
    </>
  );
}
