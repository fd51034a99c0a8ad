import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { api, given } from "../api/client";
import { useSay } from "../i18n";

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

/** Which SKU, by a part of its code or name. */
export function SkuSelect(props: Picked) {
  const say = useSay();
  const [q, setQ] = useState("");
  const found = useQuery({
    queryKey: ["skus", q],
    queryFn: () => given(api.GET("/api/v1/skus", { params: { query: { q, limit: 20 } } })),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
  return (
    <Select
      {...props}
      showSearch={{ filterOption: false, onSearch: setQ }}
      loading={found.isFetching}
      placeholder={say("pick.sku")}
      options={(found.data?.items ?? []).map((each) => ({ value: each.id, label: `${each.code} ${each.name}` }))}
    />
  );
}
