import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined, UploadOutlined } from "@ant-design/icons";
import { Alert, Button, Checkbox, Input, InputNumber, Select, Switch, Upload } from "antd";
import { useState, type ReactNode } from "react";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { CategoriesSelect, CategorySelect, ProductsSelect } from "../../ui/Pickers";
import { upload } from "../../ui/upload";
import { Writing, type Piece } from "../../ui/Writing";
import { useWords } from "../../ui/Wrong";
import { ZoneCanvas } from "./ZoneCanvas";
import { LINKS, PLACES, type Field, type Values } from "./kinds";

interface FieldsProps {
  fields: readonly Field[];
  values: Values;
  /** Slugs of the shop's pages, for links. */
  slugs: readonly string[];
  onChange: (values: Values) => void;
}

/** The fields of a block, or of one item of a list in it, from the table of kinds. */
export function Fields({ fields, values, slugs, onChange }: FieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <Labelled key={field.name} field={field}>
          {(label) => <Control field={field} label={label} value={values[field.name]} beside={values} slugs={slugs} onChange={(value) => onChange({ ...values, [field.name]: value })} />}
        </Labelled>
      ))}
    </>
  );
}

function Labelled({ field, children }: { field: Field; children: (label: string) => ReactNode }) {
  const say = useSay();
  const label = say(field.label);
  return (
    <div className="field">
      <div className="field-label">
        {label}
        {field.isRequired && <span className="decor-required"> *</span>}
      </div>
      {children(label)}
    </div>
  );
}

interface ControlProps {
  field: Field;
  label: string;
  value: unknown;
  /** What the other fields hold. */
  beside: Values;
  slugs: readonly string[];
  onChange: (value: unknown) => void;
}

function Control({ field, label, value, beside, slugs, onChange }: ControlProps) {
  const word = useWord();
  const isWrong = (field.isRequired && !value) || undefined;
  switch (field.type) {
    case "line":
      return <Input aria-label={label} status={isWrong && "error"} maxLength={field.most} value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} />;
    case "words":
      return <Input.TextArea aria-label={label} status={isWrong && "error"} autoSize={{ minRows: 2, maxRows: 6 }} maxLength={field.most} value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} />;
    case "number":
      return <InputNumber aria-label={label} min={field.least} max={field.most} precision={0} suffix={field.unit} value={Number(value ?? field.least)} onChange={(next) => onChange(next ?? field.least)} style={{ width: 120 }} />;
    case "switch":
      return <Switch aria-label={label} checked={Boolean(value)} onChange={onChange} />;
    case "product":
      return <OneProduct label={label} value={(value as string | null) ?? null} onChange={onChange} />;
    case "products":
      return <ProductsSelect aria-label={label} value={(value as string[]) ?? []} onChange={(ids) => onChange(ids.slice(0, field.most))} />;
    case "category":
      return <CategorySelect aria-label={label} value={(value as string | null) ?? null} onChange={onChange} />;
    case "categories":
      return <CategoriesSelect aria-label={label} value={(value as string[]) ?? []} onChange={(ids) => onChange(ids.slice(0, field.most))} />;
    case "choice":
      return <Select aria-label={label} value={String(value)} onChange={onChange} options={field.of.map((each) => ({ value: each, label: word(field.words, each) }))} style={{ width: "100%" }} />;
    case "choices":
      return <Checkbox.Group aria-label={label} value={value as string[]} onChange={onChange} options={field.of.map((each) => ({ value: each, label: word(field.words, each) }))} />;
    case "picture":
      return <PictureField label={label} value={String(value ?? "")} onChange={onChange} />;
    case "link":
      return <LinkField label={label} isRequired={field.isRequired} value={(value as Values | null) ?? null} slugs={slugs} onChange={onChange} />;
    case "writing":
      return <Writing blocks={(value as Piece[]) ?? []} onChange={onChange} />;
    case "list":
      return <Items field={field} picture={field.drawnOn ? String(beside[field.drawnOn] ?? "") : undefined} items={(value as Values[]) ?? []} slugs={slugs} onChange={onChange} />;
  }
}

const OneProduct = ({ label, value, onChange }: { label: string; value: string | null; onChange: (value: string | null) => void }) => <ProductsSelect aria-label={label} value={value ? [value] : []} onChange={(ids) => onChange(ids.at(-1) ?? null)} />;

/** A picture by dropping or choosing a file, or by its address. */
function PictureField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const say = useSay();
  const words = useWords();
  const mayUpload = useGrant("media.upload");
  const [wrong, setWrong] = useState<unknown>();
  const take = async (file: File) => {
    setWrong(undefined);
    try {
      onChange(`/api/v1/media/${(await upload(file)).sha256}`);
    } catch (error) {
      setWrong(error);
    }
  };
  return (
    <div className="decor-picture">
      {value && <img src={value} alt="" />}
      {mayUpload && (
        <Upload accept="image/png,image/jpeg,image/gif,image/webp" showUploadList={false} customRequest={({ file, onSuccess }) => void take(file as File).then(() => onSuccess?.({}))}>
          <Button size="small" icon={<UploadOutlined />}>
            {say("decor.upload")}
          </Button>
        </Upload>
      )}
      <Input size="small" allowClear aria-label={`${label} · ${say("decor.picture_url")}`} placeholder="https://…" maxLength={2000} value={value} onChange={(event) => onChange(event.target.value.trim())} />
      {wrong !== undefined && <Alert type="error" showIcon title={words(wrong)} />}
    </div>
  );
}

interface LinkProps {
  label: string;
  isRequired: boolean | undefined;
  value: Values | null;
  slugs: readonly string[];
  onChange: (value: Values | null) => void;
}

const FIRST_LINK: Record<string, Values> = {
  product: { to: "product", product_id: null },
  category: { to: "category", category_id: null },
  page: { to: "page", slug: "" },
  place: { to: "place", place: "list" },
  search: { to: "search", q: "" },
  web: { to: "web", url: "" },
};

/** Where something leads: first to what, then which. */
function LinkField({ label, isRequired, value, slugs, onChange }: LinkProps) {
  const say = useSay();
  const word = useWord();
  const kinds = LINKS.map((each) => ({ value: each as string, label: word("link_to", each) }));
  return (
    <div className="stack decor-link">
      <Select
        aria-label={label}
        value={String(value?.to ?? "")}
        onChange={(to) => onChange(to ? { ...FIRST_LINK[to] } : null)}
        options={isRequired ? kinds : [{ value: "", label: say("decor.nowhere") }, ...kinds]}
      />
      {value && <Goal label={`${label} · ${word("link_to", String(value.to))}`} value={value} slugs={slugs} onChange={(part) => onChange({ ...value, ...part })} />}
    </div>
  );
}

function Goal({ label, value, slugs, onChange }: { label: string; value: Values; slugs: readonly string[]; onChange: (part: Values) => void }) {
  const say = useSay();
  const word = useWord();
  switch (value.to) {
    case "product":
      return <OneProduct label={label} value={(value.product_id as string | null) ?? null} onChange={(id) => onChange({ product_id: id })} />;
    case "category":
      return <CategorySelect aria-label={label} value={(value.category_id as string | null) ?? null} onChange={(id) => onChange({ category_id: id })} />;
    case "page":
      return <Select aria-label={label} value={String(value.slug) || undefined} onChange={(slug) => onChange({ slug })} options={slugs.map((each) => ({ value: each, label: each === "home" ? say("decor.home") : each }))} />;
    case "place":
      return <Select aria-label={label} value={String(value.place)} onChange={(place) => onChange({ place })} options={PLACES.map((each) => ({ value: each as string, label: word("place", each) }))} />;
    case "search":
      return <Input aria-label={label} placeholder={say("decor.search_words")} maxLength={100} value={String(value.q)} onChange={(event) => onChange({ q: event.target.value })} />;
    default:
      return <Input aria-label={label} placeholder={say("decor.url")} maxLength={2000} value={String(value.url)} onChange={(event) => onChange({ url: event.target.value.trim() })} />;
  }
}

interface ItemsProps {
  field: Extract<Field, { type: "list" }>;
  /** On which they are drawn, if they are parts of one. */
  picture: string | undefined;
  items: Values[];
  slugs: readonly string[];
  onChange: (items: Values[]) => void;
}

/** Slides of a carousel, zones of a picture: each with its fields, in an order that can be changed. */
function Items({ field, picture, items, slugs, onChange }: ItemsProps) {
  const say = useSay();
  const move = (at: number, by: number) => {
    const next = [...items];
    next.splice(at + by, 0, ...next.splice(at, 1));
    onChange(next);
  };
  return (
    <div className="stack">
      {picture !== undefined && <ZoneCanvas picture={picture} zones={items} most={field.most} first={field.first} onChange={onChange} />}
      {items.map((item, at) => (
        <fieldset key={at} className="decor-item">
          <legend>{say("decor.item", { n: at + 1 })}</legend>
          <div className="decor-tools">
            <Button size="small" type="text" aria-label={say("decor.up")} icon={<ArrowUpOutlined />} disabled={at === 0} onClick={() => move(at, -1)} />
            <Button size="small" type="text" aria-label={say("decor.down")} icon={<ArrowDownOutlined />} disabled={at === items.length - 1} onClick={() => move(at, 1)} />
            <Button size="small" type="text" danger aria-label={say("decor.delete")} icon={<DeleteOutlined />} disabled={items.length <= field.least} onClick={() => onChange(items.filter((_, n) => n !== at))} />
          </div>
          <Fields fields={field.fields} values={item} slugs={slugs} onChange={(next) => onChange(items.map((each, n) => (n === at ? next : each)))} />
        </fieldset>
      ))}
      {items.length < field.most && (
        <Button size="small" icon={<PlusOutlined />} onClick={() => onChange([...items, { ...field.first }])}>
          {say("decor.add")}
        </Button>
      )}
    </div>
  );
}
