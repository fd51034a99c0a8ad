import { Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, given } from "../../api/client";
import { useSay } from "../../i18n";
import { useFilter } from "../../ui/CrudTable";
import { useSku } from "../names";

/** The buckets that are counted in a warehouse. */
export const BUCKETS = ["sellable", "defective", "in_transit"];

/** Which SKU, by a part of its code or name; in the address. */
export function SkuFilter() {
  const say = useSay();
  const [sku, setSku] = useFilter("sku_id");
  const [q, setQ] = useState("");
  const known = useSku(sku ?? "");
  const found = useQuery({ queryKey: ["skus", q], queryFn: () => given(api.GET("/api/v1/skus", { params: { query: { q, limit: 20 } } })), placeholderData: (before) => before, staleTime: 60_000 });
  const all = [...(known ? [known] : []), ...(found.data?.items ?? [])];
  const options = [...new Map(all.map((each) => [each.id, `${each.code} ${each.name}`]))].map(([value, label]) => ({ value, label }));
  return <Select allowClear showSearch={{ filterOption: false, onSearch: setQ }} aria-label={say("stock.sku")} placeholder={say("pick.sku")} value={sku} onChange={setSku} options={options} style={{ minWidth: 240 }} />;
}
