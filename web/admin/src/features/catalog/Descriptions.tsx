import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Card, Input, Segmented, Space, Tag, Upload } from "antd";
import { useState } from "react";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { useAct } from "../../ui/useAct";
import { sourceOf, upload } from "./MediaOf";
import type { ProductDetail } from "./ProductPage";

type Block = { type: string } & Record<string, unknown>;
interface Said {
  summary: string;
  blocks: Block[];
}

const KINDS = ["heading", "paragraph", "list", "table", "picture"] as const;
const FIRST: Record<(typeof KINDS)[number], Block> = {
  heading: { type: "heading", text: "" },
  paragraph: { type: "paragraph", text: "" },
  list: { type: "list", items: [""] },
  table: { type: "table", rows: [["", ""]] },
  picture: { type: "picture", file: null, url: null, alt: "" },
};
const LANGS = ["zh-CN", "en"];

/** What shoppers read of it, in blocks; there is no HTML in them, so nothing that is written can run in a browser. */
export function Descriptions({ detail }: { detail: ProductDetail }) {
  const say = useSay();
  const mayWrite = useGrant("catalog.update_product");
  const langs = [...new Set([...LANGS, ...Object.keys(detail.content.descriptions)])];
  const [lang, setLang] = useState(langs[0] ?? "zh-CN");
  const first = Object.fromEntries(
    langs.map((each) => {
      const known = detail.content.descriptions[each];
      return [each, { summary: known?.summary ?? "", blocks: (known?.blocks ?? []) as unknown as Block[] }];
    }),
  );
  const [said, setSaid] = useState<Record<string, Said>>(first);
  const saving = useAct("catalog.update_product");
  const changed = langs.filter((each) => JSON.stringify(said[each]) !== JSON.stringify(first[each]));
  const of = said[lang] ?? { summary: "", blocks: [] };
  const write = (part: Partial<Said>) => setSaid({ ...said, [lang]: { ...of, ...part } });
  const put = (at: number, part: Partial<Block>) => write({ blocks: of.blocks.map((each, n) => (n === at ? { ...each, ...part } : each)) as Block[] });
  const descriptions = Object.fromEntries(changed.map((each) => [each, { summary: said[each]?.summary ?? "", body: said[each]?.blocks.filter(isFilled).map(tidy) ?? [] }]));
  return (
    <Card
      title={
        <Space>
          {say("product.words")}
          <Segmented value={lang} onChange={setLang} options={langs.map((each) => ({ value: each, label: each === "zh-CN" ? "中文" : each === "en" ? "English" : each }))} />
        </Space>
      }
      extra={
        mayWrite && (
          <Button type="primary" disabled={changed.length === 0} loading={saving.isPending} onClick={() => saving.mutate({ product_id: detail.product.id, version: detail.product.version, descriptions })}>
            {say("product.save")}
          </Button>
        )
      }
    >
      <div className="field counted">
        <div className="field-label">{say("product.summary")}</div>
        <Input.TextArea aria-label={say("product.summary")} autoSize={{ minRows: 2 }} maxLength={500} showCount value={of.summary} onChange={(event) => write({ summary: event.target.value })} />
      </div>
      <div className="lines">
        {of.blocks.map((block, at) => (
          <div className="line block" key={at}>
            <BlockOf block={block} onChange={(part) => put(at, part)} />
            <Button aria-label={say("figure.remove")} type="text" icon={<DeleteOutlined />} onClick={() => write({ blocks: of.blocks.filter((_, n) => n !== at) })} />
          </div>
        ))}
        <Adders onAdd={(block) => write({ blocks: [...of.blocks, block] })} />
      </div>
    </Card>
  );
}

function Adders({ onAdd }: { onAdd: (block: Block) => void }) {
  const word = useWord();
  return (
    <Space wrap>
      {KINDS.map((kind) => (
        <Button key={kind} size="small" icon={<PlusOutlined />} onClick={() => onAdd(structuredClone(FIRST[kind]))}>
          {word("block", kind)}
        </Button>
      ))}
    </Space>
  );
}

function BlockOf({ block, onChange }: { block: Block; onChange: (part: Partial<Block>) => void }) {
  const say = useSay();
  const word = useWord();
  const label = word("block", block.type);
  const text = typeof block.text === "string" ? block.text : "";
  if (block.type === "heading") return <Input className="block-heading" aria-label={label} placeholder={label} maxLength={200} value={text} onChange={(event) => onChange({ text: event.target.value })} />;
  if (block.type === "paragraph") return <Input.TextArea aria-label={label} placeholder={label} autoSize={{ minRows: 2 }} maxLength={5000} value={text} onChange={(event) => onChange({ text: event.target.value })} />;
  if (block.type === "list")
    return <Input.TextArea aria-label={label} placeholder={say("product.list_hint")} autoSize={{ minRows: 2 }} value={((block.items as string[]) ?? []).join("\n")} onChange={(event) => onChange({ items: event.target.value.split("\n") })} />;
  if (block.type === "table")
    return <Input.TextArea aria-label={label} placeholder={say("product.table_hint")} autoSize={{ minRows: 2 }} value={((block.rows as string[][]) ?? []).map((row) => row.join(" | ")).join("\n")} onChange={(event) => onChange({ rows: event.target.value.split("\n").map((row) => row.split("|").map((cell) => cell.trim())) })} />;
  if (block.type === "picture") {
    const source = sourceOf(block as { file?: string | null; url?: string | null });
    return (
      <Space align="start">
        {source && <img className="block-picture" src={source} alt={String(block.alt ?? "")} />}
        <Space orientation="vertical">
          <Upload accept="image/*" showUploadList={false} customRequest={({ file, onSuccess, onError }) => void upload(file as File).then((kept) => (onChange({ file: kept.sha256, url: null }), onSuccess?.({})), (error: unknown) => onError?.(error as Error))}>
            <Button size="small">{say("product.choose_picture")}</Button>
          </Upload>
          <Input aria-label={say("product.alt")} placeholder={say("product.alt")} maxLength={200} value={String(block.alt ?? "")} onChange={(event) => onChange({ alt: event.target.value })} />
        </Space>
      </Space>
    );
  }
  return <Tag>{label}</Tag>;
}

const isFilled = (block: Block): boolean =>
  block.type === "picture" || block.type === "film" ? Boolean(sourceOf(block as { file?: string | null })) : block.type === "list" ? (block.items as string[]).some((each) => each.trim()) : block.type === "table" ? (block.rows as string[][]).some((row) => row.some(Boolean)) : Boolean(String(block.text ?? "").trim());

const tidy = (block: Block): Block => (block.type === "list" ? { ...block, items: (block.items as string[]).filter((each) => each.trim()) } : block);
