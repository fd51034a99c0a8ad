import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Input, type InputRef } from "antd";
import { useLayoutEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { readPage, type Schema } from "../api/client";
import { useSay } from "../i18n";
import { useGrant } from "./session";

const WAYBILL = /^[A-Za-z0-9-]{8,40}$/;
const PHONE = /^\+?[0-9][0-9 -]{6,19}$/;

/** One field for orders by their number or waybill, members by their phone, and SKUs; Ctrl-K puts the cursor into it. */
export function Search() {
  const say = useSay();
  const go = useNavigate();
  const field = useRef<InputRef>(null);
  const [q, setQ] = useState("");
  const seesOrders = useGrant("orders.read");
  const seesSkus = useGrant("catalog.read");
  const seesMembers = useGrant("members.read");
  useLayoutEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        field.current?.focus();
      }
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
  const text = q.trim();
  const orders = useQuery({
    queryKey: ["search", "orders", text],
    queryFn: () => readPage<Schema<"Order">>("/api/v1/orders", { number: text, limit: "5" }, null),
    enabled: seesOrders && text.length >= 3,
  });
  const sent = useQuery({
    queryKey: ["search", "orders", "waybill", text],
    queryFn: () => readPage<Schema<"Order">>("/api/v1/orders", { waybill: text, limit: "5" }, null),
    enabled: seesOrders && WAYBILL.test(text),
  });
  const members = useQuery({
    queryKey: ["search", "customers", text],
    queryFn: () => readPage<Schema<"CustomerView">>("/api/v1/customers", { phone: text, limit: "5" }, null),
    enabled: seesMembers && PHONE.test(text),
    retry: false,
  });
  const skus = useQuery({
    queryKey: ["search", "skus", text],
    queryFn: () => readPage<Schema<"SkuDetail">>("/api/v1/skus", { q: text, limit: "6" }, null),
    enabled: seesSkus && text.length >= 2,
  });
  const options = [
    {
      label: say("search.orders"),
      options: [...(orders.data?.items ?? []), ...(sent.data?.items ?? [])].map((each) => ({ value: `/orders/${each.id}`, label: `${each.number} ${each.external_no ?? ""}` })),
    },
    {
      label: say("search.members"),
      options: (members.data?.items ?? []).map((each) => ({ value: `/customers/${each.id}`, label: `${each.name ?? ""} ${each.phone ?? ""}` })),
    },
    {
      label: say("search.skus"),
      options: (skus.data?.items ?? []).map((each) => ({ value: `/products/${each.product_id}`, label: `${each.code} ${each.name}` })),
    },
  ].filter((group) => group.options.length > 0);
  return (
    <AutoComplete
      className="search"
      value={q}
      options={text.length < 2 ? [] : options}
      onChange={(value: string) => setQ(value.startsWith("/") ? "" : value)}
      onSelect={(value: string) => {
        setQ("");
        void go(value);
      }}
      notFoundContent={text.length >= 2 && !orders.isFetching && !skus.isFetching && !sent.isFetching && !members.isFetching ? say("search.nothing", { q: text }) : null}
    >
      <Input ref={field} prefix={<SearchOutlined />} suffix={<kbd>Ctrl K</kbd>} placeholder={say("search.placeholder")} aria-label={say("search.placeholder")} />
    </AutoComplete>
  );
}
