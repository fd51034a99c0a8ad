import { Button, Select, Space, Tag } from "antd";
import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useListed, useSay, useWord } from "../../i18n";
import { BatchButton } from "../../ui/BatchButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { useCategories } from "../../ui/Pickers";
import { SearchFilter } from "../../ui/SearchFilter";
import { STATE_COLOURS } from "./ProductPage";

type Product = Schema<"Product">;
const STATES = ["draft", "in_review", "approved", "listed", "delisted"];

export function Products() {
  const say = useSay();
  const listed = useListed();
  const lang = useLang();
  const word = useWord();
  const go = useNavigate();
  const mayCreate = useGrant("catalog.create_product");
  const mayImport = useGrant("migration.start_import");
  const categories = useCategories();
  const [q] = useFilter("q");
  const [status, setStatus] = useFilter("status");
  const [category, setCategory] = useFilter("category");
  const name = (p: Product) => (lang === "en" && p.name_en) || p.name;
  const categoryOf = (p: Product) => categories.find((each) => each.value === p.category_id)?.label ?? "";
  const columns: Column<Product>[] = [
    { key: "name", title: say("product.name"), render: (p) => <b>{name(p)}</b>, text: name },
    { key: "code", title: say("product.code"), render: (p) => <code>{p.code}</code>, text: (p) => p.code },
    { key: "category", title: say("product.category"), render: categoryOf, text: categoryOf },
    { key: "brand", title: say("product.brand"), render: (p) => p.brand, text: (p) => p.brand },
    { key: "tags", title: say("product.tags"), render: (p) => p.tags.map((each) => <Tag key={each}>{each}</Tag>), text: (p) => listed(p.tags), isHidden: true },
    { key: "status", title: say("product.status"), render: (p) => <Tag color={STATE_COLOURS[p.status]}>{word("product", p.status)}</Tag>, text: (p) => word("product", p.status) },
    { key: "created", title: say("product.created_at"), render: (p) => <span className="soft">{when(p.created_at)}</span>, text: (p) => when(p.created_at) },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.products")}</h1>
        <Space>
          {mayImport && <Button onClick={() => void go("/sheets")}>{say("nav.sheets")}</Button>}
          {mayCreate && (
            <Button type="primary" onClick={() => void go("/products/new")}>
              {say("product.new")}
            </Button>
          )}
        </Space>
      </div>
      <CrudTable<Product>
        name="products"
        path="/api/v1/products"
        columns={columns}
        rowKey={(p) => p.id}
        query={{ q, status, category_id: category }}
        onOpen={(p) => void go(`/products/${p.id}`)}
        empty={say("product.empty")}
        batch={(chosen, clear) => {
          const targets = chosen.map((p) => ({ key: p.id, title: p.name, input: { product_id: p.id } }));
          return (
            <>
              <BatchButton action="catalog.list_product" label={say("product.list")} targets={targets} onDone={clear} />
              <BatchButton action="catalog.submit_for_review" label={say("product.submit")} targets={targets} onDone={clear} />
              <BatchButton action="catalog.delist_product" label={say("product.delist")} targets={targets} onDone={clear} isDanger />
            </>
          );
        }}
        filters={
          <>
            <SearchFilter name="q" placeholder={say("filter.q")} />
            <Select allowClear aria-label={say("product.status")} placeholder={say("product.status")} value={status} onChange={setStatus} options={STATES.map((each) => ({ value: each, label: word("product", each) }))} style={{ minWidth: 120 }} />
            <Select allowClear aria-label={say("product.category")} placeholder={say("product.category")} value={category} onChange={setCategory} options={categories} style={{ minWidth: 180 }} />
          </>
        }
      />
    </>
  );
}
