import { DatePicker, Form, Input, InputNumber, Select, Switch } from "antd";
import dayjs from "dayjs";
import type { ReactNode } from "react";
import type { Field, Form as Described } from "../api/forms";
import { useLang, useSay, type Lang, type Say } from "../i18n";
import { choiceWord, fieldWord } from "../i18n/fields";
import { CompanySelect, ShopSelect, SkuSelect, WarehouseSelect } from "./Pickers";

/**
 * A field's own words. Descriptions say the English first and the Chinese behind it; a short Chinese one is the label, a
 * long one stands below the field.
 */
function wordsOf(name: string, field: Field, lang: Lang): { label: string; hint: string | undefined } {
  const text = field.description?.split("\n")[0] ?? "";
  const from = text.search(/[\u4e00-\u9fff]/);
  const chinese = from < 0 ? "" : text.slice(from);
  const mine = (lang === "en" ? (from < 0 ? text : text.slice(0, from).replace(/\s*[（(]$/, "")) : /[a-z]{2,} [a-z]{2,}/.test(chinese) ? (/^[\u4e00-\u9fff、，]+/.exec(chinese)?.[0] ?? "") : chinese).trim().replace(/[。.]$/, "");
  return mine && mine.length <= 24 ? { label: mine, hint: undefined } : { label: fieldWord(name, lang), hint: mine || undefined };
}

function control(name: string, field: Field, say: Say, lang: Lang): ReactNode {
  if (name.endsWith("warehouse_id")) return <WarehouseSelect />;
  if (name === "company_id") return <CompanySelect />;
  if (name === "shop_id") return <ShopSelect />;
  if (name === "sku_id" || name.endsWith("_sku_id")) return <SkuSelect />;
  if (field.enum) return <Select allowClear options={field.enum.filter((value) => value !== "").map((value) => ({ value, label: choiceWord(name, String(value), lang) }))} />;
  if (field.type === "boolean") return <Switch />;
  if (field.type === "integer" || field.type === "number")
    return <InputNumber min={field.minimum} max={field.maximum} precision={field.type === "integer" ? 0 : undefined} style={{ width: "100%" }} />;
  if (field.type === "string" && field.format === "date-time") return <DatePicker showTime style={{ width: "100%" }} />;
  if (field.type === "string" && field.format === "date") return <DatePicker style={{ width: "100%" }} />;
  if (field.type === "string") return (field.maxLength ?? 0) > 120 ? <Input.TextArea rows={2} maxLength={field.maxLength} /> : <Input />;
  if (field.type === "array" && field.items?.enum)
    return <Select mode="multiple" options={field.items.enum.map((value) => ({ value, label: choiceWord(name, String(value), lang) }))} />;
  if (isTexts(field)) return <Select mode="tags" tokenSeparators={[",", "，", "、", " "]} open={false} suffixIcon={null} placeholder={say("action.list")} />;
  return <Input.TextArea rows={3} placeholder={say("action.json")} className="code" />;
}

const isPlain = (field: Field): boolean =>
  Boolean(field.enum) || ["boolean", "integer", "number", "string"].includes(field.type ?? "");

/** A list of texts, which are typed one after the other. */
const isTexts = (field: Field): boolean => field.type === "array" && field.items?.type === "string";

/** What is written as JSON must be JSON before it is sent. */
const jsonOnly = (message: string) => ({
  validator: (_: unknown, value: unknown): Promise<void> => {
    if (typeof value !== "string" || value === "") return Promise.resolve();
    try {
      JSON.parse(value);
      return Promise.resolve();
    } catch {
      return Promise.reject(new Error(message));
    }
  },
});

interface Props {
  described: Described;
  given: Record<string, unknown>;
  /** Fields that are demanded beside those of the schema. */
  required?: string[] | undefined;
  form: ReturnType<typeof Form.useForm<Record<string, unknown>>>[0];
  onChange: () => void;
}

/** The fields of an action's input, from its schema; those that are given already are not asked for. */
export function SchemaForm({ described, given: known, required: demanded = [], form, onChange }: Props) {
  const say = useSay();
  const lang = useLang();
  const required = new Set([...(described.input.required ?? []), ...demanded]);
  const fields = Object.entries(described.input.properties ?? {})
    .filter(([name]) => !(name in known))
    .map(([name, raw]) => [name, whole(described, raw)] as const)
    .sort(([one], [other]) => Number(required.has(other)) - Number(required.has(one)));
  return (
    <Form form={form} layout="vertical" requiredMark="optional" preserve={false} onValuesChange={onChange}>
      {fields.map(([name, field]) => {
        const { label, hint } = wordsOf(name, field, lang);
        return (
        <Form.Item
          key={name}
          name={name}
          label={label}
          extra={hint}
          rules={[{ required: required.has(name) && field.type !== "boolean" }, ...(isPlain(field) ? [] : [jsonOnly(say("action.json_wrong"))])]}
          valuePropName={field.type === "boolean" ? "checked" : "value"}
          initialValue={isPlain(field) ? field.default : undefined}
        >
          {control(name, field, say, lang)}
        </Form.Item>
        );
      })}
    </Form>
  );
}

/** A field with what its elements are. */
function whole(described: Described, raw: Field): Field {
  const field = described.resolve(raw);
  return field.items ? { ...field, items: described.resolve(field.items) } : field;
}

/** The input as the API takes it: what was left empty is left out, and what was written as JSON is read. */
export function toInput(described: Described, values: Record<string, unknown>): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(described.input.properties ?? {})) {
    const value = values[name];
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value) && value.length === 0) continue;
    if (dayjs.isDayjs(value)) input[name] = described.resolve(raw).format === "date" ? value.format("YYYY-MM-DD") : value.toISOString();
    else input[name] = isPlain(described.resolve(raw)) || typeof value !== "string" ? value : JSON.parse(value);
  }
  return input;
}
