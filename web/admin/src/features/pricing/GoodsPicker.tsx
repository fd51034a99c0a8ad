import { Select, Space } from "antd";
import { useSay, useWord } from "../../i18n";
import { BrandsSelect, CategoriesSelect, ProductsSelect, SkusSelect } from "../../ui/Pickers";
import type { Goods } from "./tools";

const KINDS = ["categories", "products", "skus", "brands", "tags"] as const;

/** Goods by category, product, SKU, brand or tag; a kind that is not asked for yet is a click away. */
export function GoodsPicker({ value, onChange }: { value: Goods; onChange: (goods: Goods) => void }) {
  const say = useSay();
  const word = useWord();
  const shown = KINDS.filter((kind) => value[kind] !== undefined);
  const write = (kind: keyof Goods, named: string[] | undefined) => {
    const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== kind)) as Goods;
    onChange(named === undefined ? rest : { ...rest, [kind]: named });
  };
  const rest = KINDS.filter((kind) => !shown.includes(kind));
  return (
    <div className="lines">
      {shown.map((kind) => {
        const props = { value: value[kind] ?? [], onChange: (named: string[]) => write(kind, named.length ? named : undefined), "aria-label": word("goods", kind) };
        return (
          <div className="line" key={kind}>
            <span className="soft line-name">{word("goods", kind)}</span>
            {kind === "categories" && <CategoriesSelect {...props} />}
            {kind === "products" && <ProductsSelect {...props} />}
            {kind === "skus" && <SkusSelect {...props} />}
            {kind === "brands" && <BrandsSelect {...props} />}
            {kind === "tags" && <Select mode="tags" open={false} suffixIcon={null} {...props} style={{ width: "100%", minWidth: 240 }} />}
          </div>
        );
      })}
      {rest.length > 0 && (
        <Space wrap>
          <Select
            aria-label={say("goods.add")}
            placeholder={say("goods.add")}
            value={null}
            onChange={(kind: keyof Goods | null) => kind && write(kind, [])}
            options={rest.map((kind) => ({ value: kind, label: word("goods", kind) }))}
            style={{ minWidth: 170 }}
          />
        </Space>
      )}
    </div>
  );
}
