import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, InputNumber, Modal, Segmented, Select, Space, Switch, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { MoneyInput } from "../../ui/MoneyInput";
import { CategorySelect, ProductsSelect, SkuSelect, useCategories } from "../../ui/Pickers";
import { useAct } from "../../ui/useAct";
import { TabsHere } from "../../ui/TabsHere";
import { Field } from "../catalog/Basics";
import { SkuName, useShops, useSku } from "../names";

type List = Schema<"PriceList">;
type Entry = Schema<"PriceEntry">;
type Floor = Schema<"Floor">;
const MANAGE = "pricing.manage_prices";
const KINDS = ["base", "channel", "shop", "level", "customer"];

/** Price lists with what they set, and the floors below which no promotion takes a piece. */
export function PriceLists() {
  const say = useSay();
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.price_lists")}</h1>
          <p className="soft">{say("price.hint")}</p>
        </div>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "lists", label: say("nav.price_lists"), children: <Lists /> },
          { key: "floors", label: say("price.floors"), children: <Floors /> },
        ]}
      />
    </>
  );
}

function Lists() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const shops = useShops();
  const [kind, setKind] = useFilter("kind");
  const [code, setCode] = useFilter("list");
  const [opened, setOpened] = useState<List>();
  const name = (list: List) => (lang === "en" && list.name_en) || list.name;
  const whom = (list: List) => list.channel ?? list.level ?? shops.find((each) => each.id === list.shop_id)?.name ?? "";
  const columns: Column<List>[] = [
    { key: "name", title: say("promotion.name"), render: (l) => <b>{name(l)}</b>, text: name },
    { key: "code", title: say("promotion.code"), render: (l) => <code>{l.code}</code>, text: (l) => l.code },
    { key: "kind", title: say("price.kind"), render: (l) => <Tag>{word("list_kind", l.kind)}</Tag>, text: (l) => word("list_kind", l.kind) },
    { key: "whom", title: say("price.whom"), render: whom, text: whom },
    { key: "currency", title: say("price.currency"), render: (l) => l.currency, text: (l) => l.currency },
    { key: "priority", title: say("promotion.priority"), render: (l) => l.priority, text: (l) => l.priority, align: "right" },
    { key: "status", title: say("promotion.status"), render: (l) => <Tag color={l.closed_at ? "default" : "green"}>{say(l.closed_at ? "price.closed" : "price.open")}</Tag>, text: (l) => l.closed_at ?? "" },
  ];
  const open = (list: List) => {
    setOpened(list);
    setCode(list.code);
  };
  return (
    <>
      <CrudTable<List>
        name="price-lists"
        path="/api/v1/price-lists"
        columns={columns}
        rowKey={(l) => l.id}
        query={{ kind }}
        onOpen={open}
        empty={say("price.empty")}
        filters={
          <>
            <Select allowClear aria-label={say("price.kind")} placeholder={say("price.kind")} value={kind} onChange={setKind} options={KINDS.map((each) => ({ value: each, label: word("list_kind", each) }))} style={{ minWidth: 130 }} />
            <ActionButton action="pricing.create_price_list" grant={MANAGE} label={say("price.new")} button={{ type: "primary" }} />
          </>
        }
      />
      <Drawer open={Boolean(code && opened)} onClose={() => (setOpened(undefined), setCode(undefined))} size={1000} title={opened && `${opened.code} · ${name(opened)}`} extra={opened && <Doings list={opened} />} destroyOnHidden>
        {opened && <Entries list={opened} />}
      </Drawer>
    </>
  );
}

function Doings({ list }: { list: List }) {
  const say = useSay();
  if (list.closed_at) return null;
  return (
    <Space>
      {list.kind === "customer" && <ActionButton action="pricing.assign_price_list" grant={MANAGE} label={say("price.assign")} given={{ price_list: list.code }} />}
      <ActionButton action="pricing.close_price_list" grant={MANAGE} label={say("price.close")} given={{ price_list: list.code }} button={{ danger: true }} />
    </Space>
  );
}

function TargetName({ entry }: { entry: Entry }) {
  const word = useWord();
  const categories = useCategories();
  const product = useQuery({
    queryKey: ["product", entry.target_id],
    queryFn: () => given(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: entry.target_id } } })),
    staleTime: 60_000,
    enabled: entry.target === "product",
  });
  if (entry.target === "sku") return <SkuName id={entry.target_id} />;
  const name = entry.target === "category" ? categories.find((each) => each.value === entry.target_id)?.label : product.data?.product.name;
  return (
    <>
      <Tag>{word("target", entry.target)}</Tag> {name ?? "…"}
    </>
  );
}

function Entries({ list }: { list: List }) {
  const say = useSay();
  const [isSetting, setSetting] = useState(false);
  const [isHistory, setHistory] = useState(false);
  const mayManage = useGrant(MANAGE) && !list.closed_at;
  const price = (entry: Entry) => (entry.price_minor === null || entry.price_minor === undefined ? `${(entry.percent_bp ?? 0) / 100}%` : <Money minor={entry.price_minor} currency={list.currency} />);
  const period = (entry: Entry) => `${entry.valid_from ? when(entry.valid_from) : "–"} – ${entry.valid_to ? when(entry.valid_to) : "–"}`;
  const columns: Column<Entry>[] = [
    { key: "target", title: say("price.target"), render: (e) => <TargetName entry={e} />, text: (e) => e.target_id },
    { key: "min_qty", title: say("price.min_qty"), render: (e) => e.min_qty, text: (e) => e.min_qty, align: "right" },
    { key: "price", title: say("product.price"), render: price, text: (e) => e.price_minor ?? e.percent_bp, align: "right" },
    { key: "floor", title: say("product.floor"), render: (e) => (e.floor_minor === null || e.floor_minor === undefined ? "–" : <Money minor={e.floor_minor} currency={list.currency} />), text: (e) => e.floor_minor, align: "right" },
    { key: "period", title: say("coupon.valid"), render: period, text: period },
    { key: "set_at", title: say("price.set_at"), render: (e) => <span className="soft">{when(e.set_at)}{e.ended_at && ` – ${when(e.ended_at)}`}</span>, text: (e) => e.set_at },
    {
      key: "do",
      title: "",
      text: () => "",
      render: (e) => !e.ended_at && mayManage && <ActionButton action="pricing.remove_prices" grant={MANAGE} label={say("price.remove")} given={{ price_list: list.code, sku_id: null, product_id: null, category_id: null, [`${e.target}_id`]: e.target_id, min_qty: e.min_qty, valid_from: e.valid_from ?? null }} button={{ size: "small" }} />,
    },
  ];
  return (
    <>
      <CrudTable<Entry>
        name="price-entries"
        path={`/api/v1/price-lists/${encodeURIComponent(list.code)}/entries`}
        columns={columns}
        rowKey={(e) => e.id}
        query={{ history: isHistory ? "true" : undefined }}
        empty={say("price.no_entries")}
        filters={
          <>
            {mayManage && (
              <Button type="primary" onClick={() => setSetting(true)}>
                {say("price.set")}
              </Button>
            )}
            <Switch checked={isHistory} onChange={setHistory} aria-label={say("price.history")} checkedChildren={say("price.history")} unCheckedChildren={say("price.now")} />
          </>
        }
      />
      {isSetting && <SetPrice list={list} onClose={() => setSetting(false)} />}
    </>
  );
}

/** One price of a list: a SKU, product or category; an amount, or a percentage of the SKU's own price; a floor. */
function SetPrice({ list, onClose }: { list: List; onClose: () => void }) {
  const say = useSay();
  const word = useWord();
  const [target, setTarget] = useState("sku");
  const [id, setId] = useState<string>();
  const [by, setBy] = useState("price");
  const [price, setPrice] = useState<number | null>(null);
  const [percent, setPercent] = useState<number | null>(null);
  const [floor, setFloor] = useState<number | null>(null);
  const [minQty, setMinQty] = useState(1);
  const saving = useAct("pricing.set_prices", onClose);
  const isPercent = by === "percent" || target === "category";
  const sku = useSku(target === "sku" ? (id ?? "") : "");
  const input = { price_list: list.code, [`${target}_id`]: id, min_qty: minQty, floor_minor: floor, ...(isPercent ? { percent_bp: Math.round((percent ?? 0) * 100) } : { price_minor: price }) };
  const pick = (next: string) => {
    setTarget(next);
    setId(undefined);
  };
  return (
    <Modal open title={say("price.set")} onCancel={onClose} okText={say("product.save")} confirmLoading={saving.isPending} okButtonProps={{ disabled: !id || (isPercent ? percent === null : price === null) }} onOk={() => saving.mutate(input)}>
      <Field label={say("price.target")}>
        <Segmented value={target} onChange={pick} options={["sku", "product", "category"].map((each) => ({ value: each, label: word("target", each) }))} />
      </Field>
      <Field label={word("target", target)} hint={sku && `${say("price.own")} ${(sku.price_minor / 100).toFixed(2)} ${sku.currency}`}>
        {target === "sku" && <SkuSelect value={id} onChange={setId} />}
        {target === "product" && <ProductsSelect value={id ? [id] : []} onChange={(ids) => setId(ids.at(-1))} />}
        {target === "category" && <CategorySelect value={id ?? null} onChange={(picked) => setId(picked ?? undefined)} />}
      </Field>
      {target !== "category" && (
        <Field label={say("price.by")}>
          <Segmented value={by} onChange={setBy} options={["price", "percent"].map((each) => ({ value: each, label: word("price_by", each) }))} />
        </Field>
      )}
      <div className="fields four">
        <Field label={isPercent ? word("price_by", "percent") : say("product.price")}>
          {isPercent ? <InputNumber aria-label={word("price_by", "percent")} min={0} max={1000} value={percent} onChange={setPercent} suffix="%" style={{ width: 150 }} /> : <MoneyInput aria-label={say("product.price")} value={price} onChange={setPrice} currency={list.currency} />}
        </Field>
        <Field label={say("product.floor")}>
          <MoneyInput aria-label={say("product.floor")} value={floor} onChange={setFloor} currency={list.currency} />
        </Field>
        <Field label={say("price.min_qty")}>
          <InputNumber aria-label={say("price.min_qty")} min={1} precision={0} value={minQty} onChange={(n) => setMinQty(n ?? 1)} style={{ width: 150 }} />
        </Field>
      </div>
    </Modal>
  );
}

function Floors() {
  const say = useSay();
  const columns: Column<Floor>[] = [
    { key: "sku", title: "SKU", render: (f) => <SkuName id={f.sku_id} />, text: (f) => f.sku_id },
    { key: "floor", title: say("product.floor"), render: (f) => <Money minor={f.floor_minor} currency={f.currency} />, text: (f) => f.floor_minor, align: "right" },
    { key: "do", title: "", text: () => "", render: (f) => <ActionButton action="pricing.set_floors" grant={MANAGE} label={say("price.change")} given={{ sku_id: f.sku_id, currency: f.currency }} button={{ size: "small" }} /> },
  ];
  return (
    <CrudTable<Floor>
      name="floors"
      path="/api/v1/price-floors"
      columns={columns}
      rowKey={(f) => `${f.sku_id} ${f.currency}`}
      empty={say("price.no_floors")}
      filters={<ActionButton action="pricing.set_floors" grant={MANAGE} label={say("price.set_floor")} button={{ type: "primary" }} />}
    />
  );
}
