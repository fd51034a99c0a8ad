import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Select } from "antd";
import { api, given, readPage, type Schema } from "../api/client";
import { useGrant } from "../app/session";
import { useLang, useSay } from "../i18n";
import { useFilter } from "../ui/CrudTable";
import { useKept } from "../ui/kept";

/** Names of shops, warehouses and SKUs, which other lists know by their ids only. */
const useShopsRead = () =>
  useQuery({
    queryKey: ["shops"],
    queryFn: () => readPage<Schema<"Shop">>("/api/v1/shops", { limit: "200" }, null),
    staleTime: 60_000,
  });

export const useShops = () => useShopsRead().data?.items ?? [];

/** Whether it is not known yet which shops there are. */
export const useShopsPending = (): boolean => useShopsRead().isPending;

export const useWarehouses = () =>
  useQuery({ queryKey: ["warehouses"], queryFn: () => given(api.GET("/api/v1/warehouses")), staleTime: 60_000 }).data ?? [];

/** The warehouse that one works in: as the address says, as chosen last, else where something was asked for last. */
export function useWorkingWarehouse(): [string | undefined, (id: string | undefined) => void] {
  const [inAddress, setAddress] = useFilter("warehouse_id");
  const [kept, setKept] = useKept<string | null>("warehouse", null);
  const warehouses = useWarehouses();
  const known = (id: string | null | undefined) => warehouses.find((each) => each.id === id)?.id;
  const chosen = inAddress ?? known(kept);
  const busy = useQuery({
    queryKey: ["warehouse", "busy"],
    queryFn: () => readPage<Schema<"Requested">>("/api/v1/warehouse/requests", { limit: "1" }, null),
    staleTime: 60_000,
    enabled: !chosen && warehouses.length > 1,
  });
  const choose = (id: string | undefined) => {
    setKept(id ?? null);
    setAddress(id);
  };
  if (chosen || !busy.isLoading) return [chosen ?? known(busy.data?.items[0]?.warehouse_id) ?? warehouses[0]?.id, choose];
  return [undefined, choose];
}

export function ShopName({ id }: { id: string }) {
  return <>{useShops().find((each) => each.id === id)?.name ?? "…"}</>;
}

export function WarehouseName({ id }: { id: string }) {
  return <>{useWarehouses().find((each) => each.id === id)?.name ?? "…"}</>;
}

export const useSku = (id: string) =>
  useQuery({
    queryKey: ["sku", id],
    queryFn: () => given(api.GET("/api/v1/skus/{sku_id}", { params: { path: { sku_id: id } } })),
    staleTime: 60_000,
    enabled: id !== "",
  }).data;

/** The names of SKUs that are on the screen, for an export. */
export function useSkuText(): (id: string) => string {
  const queries = useQueryClient();
  const lang = useLang();
  return (id) => {
    const sku = queries.getQueryData<Schema<"SkuDetail">>(["sku", id]);
    return sku ? `${sku.code} ${(lang === "en" && sku.name_en) || sku.name}` : id;
  };
}

/** The currency of a warehouse's books; undefined for who may not see companies. */
export function useCurrencyOf(): (warehouseId: string) => string | undefined {
  const mayRead = useGrant("organization.read");
  const warehouses = useWarehouses();
  const companies = useQuery({
    queryKey: ["companies"],
    queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null),
    staleTime: 60_000,
    enabled: mayRead,
  });
  return (warehouseId) => {
    const owner = warehouses.find((each) => each.id === warehouseId)?.company_id;
    return companies.data?.items.find((each) => each.id === owner)?.currency;
  };
}

export function SkuName({ id }: { id: string }) {
  const sku = useSku(id);
  const lang = useLang();
  return sku ? (
    <>
      {(lang === "en" && sku.name_en) || sku.name} <code className="soft">{sku.code}</code>
    </>
  ) : (
    <>…</>
  );
}

interface Pick {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

export function PickShop({ value, onChange }: Pick) {
  const say = useSay();
  const options = useShops().map((each) => ({ value: each.id, label: each.name }));
  return <Select allowClear aria-label={say("filter.shop")} placeholder={say("filter.shop")} value={value} onChange={onChange} options={options} style={{ minWidth: 150 }} />;
}

export function PickWarehouse({ value, onChange }: Pick) {
  const say = useSay();
  const options = useWarehouses().map((each) => ({ value: each.id, label: each.name }));
  return <Select allowClear aria-label={say("filter.warehouse")} placeholder={say("filter.warehouse")} value={value} onChange={onChange} options={options} style={{ minWidth: 150 }} />;
}
