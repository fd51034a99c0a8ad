import { ArrowLeftOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { AutoComplete, Button, Card, Checkbox, Input, InputNumber, Select, Table } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useLang, useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { MoneyInput } from "../../ui/MoneyInput";
import { CategorySelect } from "../../ui/Pickers";
import { useShops } from "../names";
import { Field, useAttributes } from "./Basics";

interface Axis {
  attribute: string;
  values: string[];
}

const VARIANTS_MAX = 500;
const combinations = (axes: Axis[]): Record<string, string>[] =>
  axes.reduce<Record<string, string>[]>((all, axis) => all.flatMap((one) => axis.values.map((value) => ({ ...one, [axis.attribute]: value }))), [{}]);
const keyOf = (values: Record<string, string>): string => Object.values(values).join(" / ");

/** A product with the matrix of its variants: what its SKUs differ in, and what is particular about some of them. */
export function NewProduct() {
  const say = useSay();
  const lang = useLang();
  const go = useNavigate();
  const attributes = useAttributes();
  const shops = useShops();
  const currency = shops[0]?.currency ?? "CNY";
  const [form, setForm] = useState({ code: "", name: "", name_en: "", brand: "", category_id: null as string | null, price_minor: null as number | null, weight_g: 0, tags: [] as string[] });
  const [axes, setAxes] = useState<Axis[]>([]);
  const [prices, setPrices] = useState<Record<string, number>>({});
  const [skipped, setSkipped] = useState<string[]>([]);
  const write = (part: Partial<typeof form>) => setForm((before) => ({ ...before, ...part }));
  const change = (at: number, part: Partial<Axis>) => setAxes(axes.map((each, n) => (n === at ? { ...each, ...part } : each)));
  const used = axes.filter((each) => each.attribute && each.values.length > 0);
  const matrix = used.length ? combinations(used) : [];
  const labelOf = (attribute: string, value: string) => {
    const option = attributes.find((each) => each.key === attribute)?.options.find((each) => each.key === value);
    return (lang === "en" && option?.name_en) || option?.name || value;
  };
  const nameOf = (key: string) => {
    const attribute = attributes.find((each) => each.key === key);
    return (lang === "en" && attribute?.name_en) || attribute?.name || key;
  };
  const particular = matrix.flatMap((values): Record<string, unknown>[] => {
    const key = keyOf(values);
    if (skipped.includes(key)) return [{ values, skip: true }];
    return prices[key] === undefined ? [] : [{ values, price_minor: prices[key] }];
  });
  const shared = { code: form.code, name: form.name, name_en: form.name_en, brand: form.brand, category_id: form.category_id, tags: form.tags, attributes: {} };
  const input = used.length
    ? { ...shared, price_minor: form.price_minor, currency, weight_g: form.weight_g, axes: used.map((axis) => ({ attribute: axis.attribute, values: axis.values.map((value) => ({ value })) })), sku_code: "", sku_name: "", variants: particular }
    : { ...shared, axes: [], skus: [{ code: form.code, name: form.name, name_en: form.name_en, price_minor: form.price_minor, currency, weight_g: form.weight_g }] };
  const count = matrix.length - skipped.length;
  const isReady = form.code.trim() !== "" && form.name.trim() !== "" && form.price_minor !== null && matrix.length <= VARIANTS_MAX && (used.length === 0 || count > 0);
  const free = attributes.filter((each) => !axes.some((axis) => axis.attribute === each.key));
  return (
    <>
      <div className="head">
        <div>
          <Link to="/products">
            <ArrowLeftOutlined /> {say("nav.products")}
          </Link>
          <h1>{say("product.new")}</h1>
          <p className="soft">{say("product.new_hint")}</p>
        </div>
        <ActionButton
          action={used.length ? "catalog.create_variants" : "catalog.create_product"}
          grant="catalog.create_product"
          label={used.length ? say("product.create_n", { n: count }) : say("product.create")}
          given={input}
          onDone={(result) => void go(`/products/${(result as { id: string }).id}`)}
          button={{ type: "primary", disabled: !isReady }}
        />
      </div>
      <div className="stack">
        <Card title={say("product.basics")}>
          <div className="fields">
            <Field label={say("product.code")}>
              <Input aria-label={say("product.code")} maxLength={64} value={form.code} onChange={(event) => write({ code: event.target.value.toUpperCase() })} />
            </Field>
            <Field label={say("product.name")}>
              <Input aria-label={say("product.name")} maxLength={200} value={form.name} onChange={(event) => write({ name: event.target.value })} />
            </Field>
            <Field label={say("product.name_en")}>
              <Input aria-label={say("product.name_en")} maxLength={200} value={form.name_en} onChange={(event) => write({ name_en: event.target.value })} />
            </Field>
            <Field label={say("product.category")}>
              <CategorySelect aria-label={say("product.category")} value={form.category_id} onChange={(category_id) => write({ category_id })} />
            </Field>
            <Field label={say("product.brand")}>
              <Input aria-label={say("product.brand")} maxLength={200} value={form.brand} onChange={(event) => write({ brand: event.target.value })} />
            </Field>
            <Field label={say("product.price")}>
              <MoneyInput aria-label={say("product.price")} value={form.price_minor} onChange={(price_minor) => write({ price_minor })} currency={currency} />
            </Field>
            <Field label={say("product.weight")}>
              <InputNumber aria-label={say("product.weight")} min={0} precision={0} value={form.weight_g} onChange={(weight) => write({ weight_g: weight ?? 0 })} suffix="g" style={{ width: 150 }} />
            </Field>
            <Field label={say("product.tags")}>
              <Select aria-label={say("product.tags")} mode="tags" open={false} suffixIcon={null} value={form.tags} onChange={(tags: string[]) => write({ tags })} style={{ width: "100%" }} />
            </Field>
          </div>
        </Card>
        <Card title={say("product.axes")} extra={<span className="soft">{say("product.axes_hint")}</span>}>
          <div className="lines">
            {axes.map((axis, at) => (
              <div className="line" key={at}>
                <AutoComplete
                  aria-label={say("product.axis")}
                  placeholder={say("product.axis")}
                  value={axis.attribute}
                  onChange={(attribute: string) => change(at, { attribute, values: [] })}
                  options={free.map((each) => ({ value: each.key, label: (lang === "en" && each.name_en) || each.name }))}
                  style={{ width: 180 }}
                />
                <Select
                  aria-label={say("product.axis_values")}
                  placeholder={say("product.axis_values")}
                  mode="tags"
                  value={axis.values}
                  onChange={(values: string[]) => change(at, { values })}
                  options={attributes.find((each) => each.key === axis.attribute)?.options.map((each) => ({ value: each.key, label: (lang === "en" && each.name_en) || each.name })) ?? []}
                  style={{ flex: 1, minWidth: 260 }}
                />
                <Button aria-label={say("figure.remove")} type="text" icon={<DeleteOutlined />} onClick={() => setAxes(axes.filter((_, n) => n !== at))} />
              </div>
            ))}
            <Button size="small" icon={<PlusOutlined />} disabled={axes.length >= 6} onClick={() => setAxes([...axes, { attribute: "", values: [] }])}>
              {say("product.add_axis")}
            </Button>
          </div>
          {matrix.length > VARIANTS_MAX && <p className="overdue">{say("product.too_many", { n: matrix.length })}</p>}
          {matrix.length > 0 && matrix.length <= VARIANTS_MAX && (
            <Table
              size="small"
              className="matrix"
              rowKey={keyOf}
              pagination={{ pageSize: 50, hideOnSinglePage: true }}
              dataSource={matrix}
              columns={[
                ...used.map((axis) => ({ key: axis.attribute, title: nameOf(axis.attribute), render: (_: unknown, values: Record<string, string>) => labelOf(axis.attribute, values[axis.attribute] ?? "") })),
                {
                  title: say("product.price"),
                  render: (_: unknown, values: Record<string, string>) => (
                    <MoneyInput
                      aria-label={`${say("product.price")} ${keyOf(values)}`}
                      value={prices[keyOf(values)] ?? form.price_minor}
                      onChange={(minor) => setPrices(minor === null || minor === form.price_minor ? Object.fromEntries(Object.entries(prices).filter(([key]) => key !== keyOf(values))) : { ...prices, [keyOf(values)]: minor })}
                      currency={currency}
                    />
                  ),
                },
                {
                  title: say("product.made"),
                  render: (_: unknown, values: Record<string, string>) => (
                    <Checkbox
                      aria-label={`${say("product.made")} ${keyOf(values)}`}
                      checked={!skipped.includes(keyOf(values))}
                      onChange={(event) => setSkipped(event.target.checked ? skipped.filter((key) => key !== keyOf(values)) : [...skipped, keyOf(values)])}
                    />
                  ),
                },
              ]}
            />
          )}
        </Card>
      </div>
    </>
  );
}
