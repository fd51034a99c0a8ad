import { Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { SearchFilter } from "../../ui/SearchFilter";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";

type Product = Schema<"Product">;

export function Products() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const go = useNavigate();
  const [q] = useFilter("q");
  const name = (p: Product) => (lang === "en" && p.name_en) || p.name;
  const columns: Column<Product>[] = [
    { key: "name", title: say("product.name"), render: (p) => <b>{name(p)}</b>, text: name },
    { key: "code", title: say("product.code"), render: (p) => <code>{p.code}</code>, text: (p) => p.code },
    { key: "brand", title: say("product.brand"), render: (p) => p.brand, text: (p) => p.brand },
    { key: "status", title: say("product.status"), render: (p) => <Tag color={p.status === "listed" ? "green" : "default"}>{word("product", p.status)}</Tag>, text: (p) => word("product", p.status) },
    { key: "created", title: say("product.created_at"), render: (p) => <span className="soft">{when(p.created_at)}</span>, text: (p) => when(p.created_at) },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.products")}</h1>
      </div>
      <CrudTable<Product>
        name="products"
        path="/api/v1/products"
        columns={columns}
        rowKey={(p) => p.id}
        query={{ q }}
        onOpen={(p) => void go(`/products/${p.id}`)}
        filters={<SearchFilter name="q" placeholder={say("filter.q")} />}
      />
    </>
  );
}
