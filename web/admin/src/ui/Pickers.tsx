import { useQueries, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { api, given, readPage, type Schema } from "../api/client";
import { useLang, useSay } from "../i18n";

interface Picked {
  id?: string;
  value?: string;
  onChange?: (value: string) => void;
}

/** Which warehouse, by its name. */
export function WarehouseSelect(props: Picked) {
  const warehouses = useQuery({ queryKey: ["warehouses"], queryFn: () => given(api.GET("/api/v1/warehouses")), staleTime: 60_000 });
  return <Select {...props} options={(warehouses.data ?? []).map((each) => ({ value: each.id, label: each.name }))} />;
}

/** Which shop, by its name. */
export function ShopSelect(props: Picked) {
  const shops = useQuery({ queryKey: ["shops"], queryFn: () => readPage<Schema<"Shop">>("/api/v1/shops", { limit: "200" }, null), staleTime: 60_000 });
  return <Select {...props} options={(shops.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }))} />;
}

/** Which company, by its name. */
export function CompanySelect(props: Picked) {
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 });
  return <Select {...props} options={(companies.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }))} />;
}

const askSku = (id: string) => ({
  queryKey: ["sku", id],
  queryFn: () => given(api.GET("/api/v1/skus/{sku_id}", { params: { path: { sku_id: id } } })),
  staleTime: 60_000,
});
const askProduct = (id: string) => ({
  queryKey: ["product", id],
  queryFn: () => given(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: id } } })),
  staleTime: 60_000,
});

/** SKUs that fit what is typed, and those that are chosen already. */
function useSkuOptions(q: string, chosen: string[]) {
  const found = useQuery({
    queryKey: ["skus", q],
    queryFn: () => given(api.GET("/api/v1/skus", { params: { query: { q, limit: 20 } } })),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
  const lang = useLang();
  const known = useQueries({ queries: chosen.map(askSku) });
  const all = [...known.flatMap((each) => (each.data ? [each.data] : [])), ...(found.data?.items ?? [])];
  const byId = new Map(all.map((each) => [each.id, `${each.code} ${(lang === "en" && each.name_en) || each.name}`]));
  return { isFetching: found.isFetching, options: [...byId].map(([value, label]) => ({ value, label })) };
}

/** Which SKU, by a part of its code or name. */
export function SkuSelect(props: Picked) {
  const say = useSay();
  const [q, setQ] = useState("");
  const { options, isFetching } = useSkuOptions(q, props.value ? [props.value] : []);
  return (
    <Select
      {...props}
      showSearch={{ filterOption: false, onSearch: setQ }}
      loading={isFetching}
      placeholder={say("pick.sku")}
      options={options}
      style={{ minWidth: 240 }}
    />
  );
}

interface PickedMany {
  value?: string[];
  onChange?: (value: string[]) => void;
  placeholder?: string;
  "aria-label"?: string;
}

const WIDE = { width: "100%", minWidth: 240 };

export function SkusSelect({ value = [], ...props }: PickedMany) {
  const say = useSay();
  const [q, setQ] = useState("");
  const { options, isFetching } = useSkuOptions(q, value);
  return <Select mode="multiple" placeholder={say("pick.skus")} {...props} value={value} showSearch={{ filterOption: false, onSearch: setQ }} loading={isFetching} options={options} style={WIDE} />;
}

export function ProductsSelect({ value = [], ...props }: PickedMany) {
  const say = useSay();
  const [q, setQ] = useState("");
  const found = useQuery({
    queryKey: ["products", q],
    queryFn: () => given(api.GET("/api/v1/products", { params: { query: { q, limit: 20 } } })),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
  const known = useQueries({ queries: value.map(askProduct) });
  const all = [...known.flatMap((each) => (each.data ? [each.data.product] : [])), ...(found.data?.items ?? [])];
  const byId = new Map(all.map((each) => [each.id, `${each.code} ${each.name}`]));
  const options = [...byId].map(([id, label]) => ({ value: id, label }));
  return <Select mode="multiple" placeholder={say("pick.products")} {...props} value={value} showSearch={{ filterOption: false, onSearch: setQ }} loading={found.isFetching} options={options} style={WIDE} />;
}

/** The categories with the way to each: 茶叶 / 绿茶. */
export function useCategories(): { value: string; label: string }[] {
  const lang = useLang();
  const found = useQuery({ queryKey: ["categories"], queryFn: () => given(api.GET("/api/v1/categories", { params: { query: { limit: 200 } } })), staleTime: 60_000 });
  const all = found.data?.items ?? [];
  const byId = new Map(all.map((each) => [each.id, each]));
  const path = (id: string | null | undefined): string[] => {
    const of = id ? byId.get(id) : undefined;
    return of ? [...path(of.parent_id), (lang === "en" && of.name_en) || of.name] : [];
  };
  return all.map((each) => ({ value: each.id, label: path(each.id).join(" / ") }));
}

export function CategorySelect(props: { value?: string | null; onChange?: (value: string | null) => void; "aria-label"?: string }) {
  return <Select allowClear showSearch={{ optionFilterProp: "label" }} {...props} onChange={(value: string | undefined) => props.onChange?.(value ?? null)} options={useCategories()} style={WIDE} />;
}

export function CategoriesSelect({ value = [], ...props }: PickedMany) {
  const say = useSay();
  return <Select mode="multiple" placeholder={say("pick.categories")} {...props} value={value} showSearch={{ optionFilterProp: "label" }} options={useCategories()} style={WIDE} />;
}

export function BrandsSelect({ value = [], ...props }: PickedMany) {
  const say = useSay();
  const found = useQuery({ queryKey: ["brands"], queryFn: () => given(api.GET("/api/v1/brands", { params: { query: { limit: 200 } } })), staleTime: 60_000 });
  const options = (found.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }));
  return <Select mode="multiple" placeholder={say("pick.brands")} {...props} value={value} showSearch={{ optionFilterProp: "label" }} options={options} style={WIDE} />;
}
