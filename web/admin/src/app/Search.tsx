import { SearchOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Input, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { readPage, type Schema } from "../api/client";
import { useSay } from "../i18n";
import { useGrant } from "./session";

/** One field for orders and SKUs; Ctrl-K puts the cursor into it. */
export function Search() {
  const say = useSay();
  const go = useNavigate();
  const field = useRef<InputRef>(null);
  const [q, setQ] = useState("");
  const seesOrders = useGrant("orders.read");
  const seesSkus = useGrant("catalog.read");
  useEffect(() => {
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
  const skus = useQuery({
    queryKey: ["search", "skus", text],
    queryFn: () => readPage<Schema<"SkuDetail">>("/api/v1/skus", { q: text, limit: "6" }, null),
    enabled: seesSkus && text.length >= 2,
  });
  const options = [
    {
      label: say("search.orders"),
      options: (orders.data?.items ?? []).map((each) => ({ value: `/orders/${each.id}`, label: `${each.number} ${each.external_no ?? ""}` })),
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
      notFoundContent={text.length >= 2 && !orders.isFetching && !skus.isFetching ? say("search.nothing", { q: text }) : null}
    >
      <Input ref={field} prefix={<SearchOutlined />} suffix={<kbd>Ctrl K</kbd>} placeholder={say("search.placeholder")} aria-label={say("search.placeholder")} />
    </AutoComplete>
  );
}
