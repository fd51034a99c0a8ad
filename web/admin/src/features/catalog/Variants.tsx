import { useQueries } from "@tanstack/react-query";
import { Button, Card, Form, Input, InputNumber, Modal, Select, Space, Table, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useSay, useWord } from "../../i18n";
import { money } from "../../ui/format";
import { MoneyInput } from "../../ui/MoneyInput";
import { useAct } from "../../ui/useAct";
import { AttributeValue, Field, useAttributes } from "./Basics";
import type { ProductDetail } from "./ProductPage";

type Sku = Schema<"SkuDetail">;

/** The variants with their prices and floors, typed where they stand and saved together. */
export function Variants({ detail }: { detail: ProductDetail }) {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const attributes = useAttributes();
  const mayPrice = useGrant("catalog.set_prices");
  const mayFloor = useGrant("pricing.manage_prices");
  const mayWrite = useGrant("catalog.update_sku");
  const mayAdd = useGrant("catalog.create_product");
  const mayReadPrices = useGrant("pricing.read");
  const [prices, setPrices] = useState<Record<string, number>>({});
  const [floors, setFloors] = useState<Record<string, number>>({});
  const [edited, setEdited] = useState<Sku>();
  const [isAdding, setAdding] = useState(false);
  const known = useQueries({
    queries: (mayReadPrices ? detail.skus : []).map((sku) => ({ queryKey: ["floors", sku.id], queryFn: () => given(api.GET("/api/v1/price-floors", { params: { query: { sku_id: sku.id } } })), staleTime: 30_000 })),
  });
  const floorOf = (sku: Sku) => known.flatMap((each) => each.data?.items ?? []).find((each) => each.sku_id === sku.id && each.currency === sku.currency)?.floor_minor ?? null;
  const pricing = useAct("catalog.set_prices", () => setPrices({}));
  const flooring = useAct("pricing.set_floors", () => setFloors({}));
  const bySku = new Map(detail.skus.map((each) => [each.id, each]));
  const nameOf = (key: string) => {
    const attribute = attributes.find((each) => each.key === key);
    return (lang === "en" && attribute?.name_en) || attribute?.name || key;
  };
  const valueOf = (key: string, value: string | undefined) => {
    const option = attributes.find((each) => each.key === key)?.options.find((each) => each.key === value);
    return (lang === "en" && option?.name_en) || option?.name || value || "–";
  };
  const sent = (of: Record<string, number>, field: string) => Object.entries(of).map(([sku_id, minor]) => ({ sku_id, currency: bySku.get(sku_id)?.currency ?? "CNY", [field]: minor }));
  const count = Object.keys(prices).length + Object.keys(floors).length;
  const save = () => {
    if (Object.keys(prices).length) pricing.mutate(sent(prices, "price_minor"));
    if (Object.keys(floors).length) flooring.mutate(sent(floors, "floor_minor"));
  };
  return (
    <Card
      title={say("product.skus")}
      extra={
        <Space wrap>
          {mayPrice && detail.skus.length > 1 && <AllPrices skus={detail.skus} onPrices={setPrices} />}
          {mayAdd && <Button onClick={() => setAdding(true)}>{say("product.add_sku")}</Button>}
          {(mayPrice || mayFloor) && (
            <Button type="primary" disabled={count === 0} loading={pricing.isPending || flooring.isPending} onClick={save}>
              {say("product.save_prices", { n: count })}
            </Button>
          )}
        </Space>
      }
    >
      <Table<Sku>
        size="small"
        rowKey="id"
        pagination={{ pageSize: 50, hideOnSinglePage: true }}
        scroll={{ x: "max-content" }}
        dataSource={[...detail.skus]}
        columns={[
          { title: say("product.code"), render: (_, sku) => <code>{sku.code}</code> },
          { title: say("product.name"), render: (_, sku) => (lang === "en" && sku.name_en) || sku.name },
          ...detail.content.axes.map((axis) => ({ key: axis, title: nameOf(axis), render: (_: unknown, sku: Sku) => <Tag>{valueOf(axis, sku.attributes[axis])}</Tag> })),
          {
            title: say("product.price"),
            render: (_, sku) =>
              mayPrice ? (
                <MoneyInput aria-label={`${say("product.price")} ${sku.code}`} width={130} value={prices[sku.id] ?? sku.price_minor} onChange={(minor) => minor !== null && setPrices(changed(prices, sku.id, minor, sku.price_minor))} currency={sku.currency} />
              ) : (
                money(sku.price_minor, sku.currency, lang)
              ),
          },
          ...(mayReadPrices
            ? [
                {
                  title: say("product.floor"),
                  render: (_: unknown, sku: Sku) => {
                    const floor = floorOf(sku);
                    return mayFloor ? (
                      <MoneyInput aria-label={`${say("product.floor")} ${sku.code}`} width={130} value={floors[sku.id] ?? floor} onChange={(minor) => setFloors(changed(floors, sku.id, minor ?? 0, floor ?? 0))} currency={sku.currency} />
                    ) : floor === null ? (
                      "–"
                    ) : (
                      money(floor, sku.currency, lang)
                    );
                  },
                },
              ]
            : []),
          { title: say("product.weight"), align: "right", render: (_, sku) => `${sku.weight_g} g` },
          { title: say("product.barcodes"), render: (_, sku) => sku.barcodes.map((each) => each.text).join(", ") },
          { title: say("product.kind"), render: (_, sku) => word("sku_kind", sku.kind) },
          { title: say("product.status"), render: (_, sku) => <Tag color={sku.status === "active" ? "green" : "default"}>{word("sku", sku.status)}</Tag> },
          ...(mayWrite
            ? [
                {
                  title: "",
                  render: (_: unknown, sku: Sku) => (
                    <Button size="small" onClick={() => setEdited(sku)}>
                      {say("product.edit")}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {edited && <EditSku key={edited.id} sku={edited} onClose={() => setEdited(undefined)} />}
      {isAdding && <AddSku detail={detail} onClose={() => setAdding(false)} />}
    </Card>
  );
}

const changed = (of: Record<string, number>, id: string, minor: number, was: number): Record<string, number> =>
  minor === was ? Object.fromEntries(Object.entries(of).filter(([each]) => each !== id)) : { ...of, [id]: minor };

/** All prices at once, by a percentage; they stand in the table until they are saved. */
function AllPrices({ skus, onPrices }: { skus: readonly Sku[]; onPrices: (prices: Record<string, number>) => void }) {
  const say = useSay();
  const [percent, setPercent] = useState<number | null>(null);
  const apply = () => percent && onPrices(Object.fromEntries(skus.map((sku) => [sku.id, Math.max(0, Math.round((sku.price_minor * (100 + percent)) / 100))])));
  return (
    <Space.Compact>
      <InputNumber aria-label={say("product.all_prices")} placeholder={say("product.all_prices")} value={percent} onChange={setPercent} min={-99} max={900} suffix="%" style={{ width: 150 }} />
      <Button disabled={!percent} onClick={apply}>
        {say("product.apply")}
      </Button>
    </Space.Compact>
  );
}

interface SkuForm {
  name: string;
  name_en: string;
  weight_g: number;
  min_qty: number;
  max_qty: number | null;
  qty_step: number;
  status: string;
  barcodes: string[];
}

function EditSku({ sku, onClose }: { sku: Sku; onClose: () => void }) {
  const say = useSay();
  const word = useWord();
  const [form] = Form.useForm<SkuForm>();
  const saving = useAct("catalog.update_sku", onClose);
  const internal = new Set(sku.barcodes.filter((each) => each.internal).map((each) => each.text));
  const save = async () => {
    const { barcodes, max_qty, ...rest } = await form.validateFields();
    saving.mutate({ sku_id: sku.id, version: sku.version, ...rest, max_qty: max_qty ?? null, barcodes: barcodes.map((text) => (internal.has(text) ? { text, internal: true } : { text })) });
  };
  const first: SkuForm = { name: sku.name, name_en: sku.name_en, weight_g: sku.weight_g, min_qty: sku.min_qty, max_qty: sku.max_qty ?? null, qty_step: sku.qty_step, status: sku.status, barcodes: sku.barcodes.map((each) => each.text) };
  const number = { min: 1, precision: 0, style: { width: "100%" } };
  return (
    <Modal open title={`${say("product.edit")} · ${sku.code}`} onCancel={onClose} okText={say("product.save")} confirmLoading={saving.isPending} onOk={() => void save()}>
      <Form form={form} layout="vertical" initialValues={first}>
        <Form.Item name="name" label={say("product.name")} rules={[{ required: true }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="name_en" label={say("product.name_en")}>
          <Input maxLength={200} />
        </Form.Item>
        <div className="fields four">
          <Form.Item name="weight_g" label={say("product.weight")}>
            <InputNumber {...number} min={0} suffix="g" />
          </Form.Item>
          <Form.Item name="status" label={say("product.status")}>
            <Select options={["active", "inactive"].map((each) => ({ value: each, label: word("sku", each) }))} />
          </Form.Item>
          <Form.Item name="min_qty" label={say("product.min_qty")}>
            <InputNumber {...number} />
          </Form.Item>
          <Form.Item name="max_qty" label={say("product.max_qty")}>
            <InputNumber {...number} />
          </Form.Item>
          <Form.Item name="qty_step" label={say("product.qty_step")}>
            <InputNumber {...number} />
          </Form.Item>
        </div>
        <Form.Item name="barcodes" label={say("product.barcodes")}>
          <Select mode="tags" open={false} suffixIcon={null} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function AddSku({ detail, onClose }: { detail: ProductDetail; onClose: () => void }) {
  const say = useSay();
  const attributes = useAttributes();
  const like = detail.skus[0];
  const [code, setCode] = useState(`${detail.product.code}-`);
  const [name, setName] = useState("");
  const [price, setPrice] = useState<number | null>(like?.price_minor ?? null);
  const [values, setValues] = useState<Record<string, string>>({});
  const saving = useAct("catalog.add_skus", onClose);
  const currency = like?.currency ?? "CNY";
  const isReady = code.trim() !== "" && price !== null && detail.content.axes.every((axis) => values[axis]);
  return (
    <Modal
      open
      title={say("product.add_sku")}
      onCancel={onClose}
      okText={say("product.save")}
      okButtonProps={{ disabled: !isReady }}
      confirmLoading={saving.isPending}
      onOk={() => saving.mutate({ product_id: detail.product.id, skus: [{ code, name, price_minor: price, currency, attributes: values, weight_g: like?.weight_g ?? 0 }] })}
    >
      <Field label={say("product.code")}>
        <Input aria-label={say("product.code")} value={code} onChange={(event) => setCode(event.target.value.toUpperCase())} />
      </Field>
      <Field label={say("product.name")} hint={say("product.name_of_product")}>
        <Input aria-label={say("product.name")} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      {detail.content.axes.map((axis) => (
        <Field key={axis} label={attributes.find((each) => each.key === axis)?.name ?? axis}>
          <AttributeValue name={axis} attribute={attributes.find((each) => each.key === axis)} value={values[axis] ? [values[axis]] : []} onChange={(next) => setValues({ ...values, [axis]: next[0] ?? "" })} />
        </Field>
      ))}
      <Field label={say("product.price")}>
        <MoneyInput aria-label={say("product.price")} value={price} onChange={setPrice} currency={currency} />
      </Field>
    </Modal>
  );
}
