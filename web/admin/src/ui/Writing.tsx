import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Space, Tag, Upload } from "antd";
import { useSay, useWord } from "../i18n";
import { sourceOf, upload } from "./upload";

/** A piece of a text: a heading, a paragraph, a list, a table, a picture. */
export type Piece = { type: string } & Record<string, unknown>;

const KINDS = ["heading", "paragraph", "list", "table", "picture"] as const;
const FIRST: Record<(typeof KINDS)[number], Piece> = {
  heading: { type: "heading", text: "" },
  paragraph: { type: "paragraph", text: "" },
  list: { type: "list", items: [""] },
  table: { type: "table", rows: [["", ""]] },
  picture: { type: "picture", file: null, url: null, alt: "" },
};

/** A text in pieces, one below the other; there is no HTML in them, so nothing that is written can run in a browser. */
export function Writing({ blocks, onChange }: { blocks: Piece[]; onChange: (blocks: Piece[]) => void }) {
  const say = useSay();
  const put = (at: number, part: Partial<Piece>) => onChange(blocks.map((each, n) => (n === at ? { ...each, ...part } : each)) as Piece[]);
  return (
    <div className="lines">
      {blocks.map((block, at) => (
        <div className="line block" key={at}>
          <BlockOf block={block} onChange={(part) => put(at, part)} />
          <Button aria-label={say("figure.remove")} type="text" icon={<DeleteOutlined />} onClick={() => onChange(blocks.filter((_, n) => n !== at))} />
        </div>
      ))}
      <Adders onAdd={(block) => onChange([...blocks, block])} />
    </div>
  );
}

function Adders({ onAdd }: { onAdd: (block: Piece) => void }) {
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

function BlockOf({ block, onChange }: { block: Piece; onChange: (part: Partial<Piece>) => void }) {
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

export const isFilled = (block: Piece): boolean =>
  block.type === "picture" || block.type === "film" ? Boolean(sourceOf(block as { file?: string | null })) : block.type === "list" ? (block.items as string[]).some((each) => each.trim()) : block.type === "table" ? (block.rows as string[][]).some((row) => row.some(Boolean)) : Boolean(String(block.text ?? "").trim());

export const tidy = (block: Piece): Piece => (block.type === "list" ? { ...block, items: (block.items as string[]).filter((each) => each.trim()) } : block);
