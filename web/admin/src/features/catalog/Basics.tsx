import { useQuery } from "@tanstack/react-query";
import { Button, Card, Input, InputNumber, Select } from "antd";
import type { ReactNode } from "react";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useSay } from "../../i18n";
import { CategorySelect } from "../../ui/Pickers";
import { Overtaken } from "./Overtaken";
import type { ProductDetail } from "./ProductPage";
import { useEdits, type Saving } from "./useSaving";

type Attribute = Schema<"Attribute">;

export const useAttributes = (): Attribute[] =>
  useQuery({ queryKey: ["attributes"], queryFn: () => given(api.GET("/api/v1/attributes", { params: { query: { limit: 200 } } })), staleTime: 60_000 }).data?.items ?? [];

export function Field({ label, hint, isWide = false, children }: { label: string; hint?: string; isWide?: boolean; children: ReactNode }) {
  return (
    <div className={isWide ? "field wide" : "field"}>
      <div className="field-label">{label}</div>
      {children}
      {hint && <div className="soft field-hint">{hint}</div>}
    </div>
  );
}

interface ValueProps {
  attribute: Attribute | undefined;
  name: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
}

/** The value of an attribute, asked for by its kind; a key that nobody defined takes any text. */
export function AttributeValue({ attribute, name, value, onChange }: ValueProps) {
  const say = useSay();
  const lang = useLang();
  const one = value[0] ?? "";
  const options = attribute?.options.map((each) => ({ value: each.key, label: (lang === "en" && each.name_en) || each.name })) ?? [];
  if (attribute?.kind === "choice") return <Select aria-label={name} allowClear value={one || undefined} onChange={(picked?: string) => onChange(picked ? [picked] : [])} options={options} style={{ width: "100%" }} />;
  if (attribute?.kind === "choices") return <Select aria-label={name} mode="multiple" value={[...value]} onChange={onChange} options={options} style={{ width: "100%" }} />;
  if (attribute?.kind === "flag")
    return <Select aria-label={name} allowClear value={one || undefined} onChange={(picked?: string) => onChange(picked ? [picked] : [])} options={[{ value: "true", label: say("product.yes") }, { value: "false", label: say("product.no") }]} style={{ width: "100%" }} />;
  if (attribute?.kind === "number") return <InputNumber aria-label={name} stringMode value={one || null} onChange={(typed) => onChange(typed === null ? [] : [String(typed)])} suffix={attribute.unit || undefined} style={{ width: "100%" }} />;
  return <Input aria-label={name} value={one} onChange={(event) => onChange(event.target.value ? [event.target.value] : [])} />;
}

const LABELS = {
  name: "product.name",
  name_en: "product.name_en",
  category_id: "product.category",
  brand: "product.brand",
  tags: "product.tags",
  tax_rate: "product.tax_rate",
  tax_code: "product.tax_code",
} as const;

/** What is said of the whole product; what is not changed is not sent. */
export function Basics({ detail, saving }: { detail: ProductDetail; saving: Saving }) {
  const say = useSay();
  const lang = useLang();
  const mayWrite = useGrant("catalog.update_product");
  const { product, content } = detail;
  const attributes = useAttributes();
  const first = {
    name: product.name,
    name_en: product.name_en,
    category_id: product.category_id ?? null,
    brand: product.brand,
    tags: [...product.tags],
    tax_rate: content.tax_rate === null || content.tax_rate === undefined ? null : String(content.tax_rate),
    tax_code: content.tax_code,
  };
  const { now: form, write, ...basics } = useEdits(first);
  const { now: values, ...attributesOf } = useEdits<Record<string, readonly string[]>>(content.attributes);
  const changes = Object.fromEntries(
    Object.entries(attributesOf.changed)
      .filter(([key, value]) => value?.length || content.attributes[key]?.length)
      .map(([key, value]) => [key, value && value.length > 1 ? value : (value?.[0] ?? "")]),
  );
  const isChanged = Object.keys(basics.changed).length + Object.keys(changes).length > 0;
  const save = () =>
    saving.save({ ...basics.changed, ...(Object.keys(changes).length ? { attribute_changes: changes } : {}) }, () => {
      basics.saved();
      attributesOf.saved();
    });
  const nameOf = (key: string) => {
    const attribute = attributes.find((each) => each.key === key);
    return (lang === "en" && attribute?.name_en) || attribute?.name || key;
  };
  const left = attributes.filter((each) => !(each.key in values) && !content.axes.includes(each.key));
  return (
    <Card
      extra={
        mayWrite && (
          <Button type="primary" disabled={!isChanged || !form.name.trim()} loading={saving.isSaving} onClick={save}>
            {say("product.save")}
          </Button>
        )
      }
      title={say("product.basics")}
    >
      <Overtaken names={basics.overtaken} nameOf={(name) => say(LABELS[name as keyof typeof first])} onYield={basics.yieldTo} />
      <Overtaken names={attributesOf.overtaken} nameOf={nameOf} onYield={attributesOf.yieldTo} />
      <div className="fields">
        <Field label={say("product.name")}>
          <Input aria-label={say("product.name")} maxLength={200} value={form.name} onChange={(event) => write({ name: event.target.value })} />
        </Field>
        <Field label={say("product.name_en")}>
          <Input aria-label={say("product.name_en")} maxLength={200} value={form.name_en} onChange={(event) => write({ name_en: event.target.value })} />
        </Field>
        <Field label={say("product.category")}>
          <CategorySelect aria-label={say("product.category")} value={form.category_id} onChange={(category_id) => write({ category_id })} />
        </Field>
        <Field label={say("product.brand")} hint={say("product.brand_hint")}>
          <Input aria-label={say("product.brand")} maxLength={200} value={form.brand} onChange={(event) => write({ brand: event.target.value })} />
        </Field>
        <Field label={say("product.tags")}>
          <Select aria-label={say("product.tags")} mode="tags" open={false} suffixIcon={null} value={form.tags} onChange={(tags: string[]) => write({ tags })} style={{ width: "100%" }} />
        </Field>
        <Field label={say("product.tax_rate")} hint={say("product.tax_hint")}>
          <InputNumber aria-label={say("product.tax_rate")} stringMode min="0" max="1" step="0.01" value={form.tax_rate} onChange={(rate) => write({ tax_rate: rate === null ? null : String(rate) })} style={{ width: "100%" }} />
        </Field>
        <Field label={say("product.tax_code")}>
          <Input aria-label={say("product.tax_code")} maxLength={40} value={form.tax_code} onChange={(event) => write({ tax_code: event.target.value })} />
        </Field>
      </div>
      <h4>{say("product.attributes")}</h4>
      <div className="fields">
        {Object.entries(values).map(([key, value]) => (
          <Field key={key} label={nameOf(key)}>
            <AttributeValue name={nameOf(key)} attribute={attributes.find((each) => each.key === key)} value={value} onChange={(next) => attributesOf.write({ [key]: next })} />
          </Field>
        ))}
        <Field label={say("product.add_attribute")}>
          <Select
            aria-label={say("product.add_attribute")}
            placeholder={say("product.add_attribute")}
            value={null}
            onChange={(key: string | null) => key && attributesOf.write({ [key]: [] })}
            options={left.map((each) => ({ value: each.key, label: (lang === "en" && each.name_en) || each.name }))}
            style={{ width: "100%" }}
          />
        </Field>
      </div>
    </Card>
  );
}
