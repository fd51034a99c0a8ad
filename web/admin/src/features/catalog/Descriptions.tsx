import { Button, Card, Input, Segmented, Space } from "antd";
import { useState } from "react";
import { useGrant } from "../../app/session";
import { useSay } from "../../i18n";
import { isFilled, tidy, Writing, type Piece } from "../../ui/Writing";
import { Overtaken } from "./Overtaken";
import type { ProductDetail } from "./ProductPage";
import { useEdits, type Saving } from "./useSaving";

interface Said {
  summary: string;
  blocks: Piece[];
}

const LANGS = ["zh-CN", "en"];

/** What shoppers read of it, in blocks; there is no HTML in them, so nothing that is written can run in a browser. */
export function Descriptions({ detail, saving }: { detail: ProductDetail; saving: Saving }) {
  const say = useSay();
  const mayWrite = useGrant("catalog.update_product");
  const langs = [...new Set([...LANGS, ...Object.keys(detail.content.descriptions)])];
  const [lang, setLang] = useState(langs[0] ?? "zh-CN");
  const first: Record<string, Said> = Object.fromEntries(
    langs.map((each) => {
      const known = detail.content.descriptions[each];
      return [each, { summary: known?.summary ?? "", blocks: (known?.blocks ?? []) as unknown as Piece[] }];
    }),
  );
  const { now: said, changed: edited, ...edits } = useEdits(first);
  const changed = Object.keys(edited);
  const nameOf = (each: string) => (each === "zh-CN" ? "中文" : each === "en" ? "English" : each);
  const of = said[lang] ?? { summary: "", blocks: [] };
  const write = (part: Partial<Said>) => edits.write({ [lang]: { ...of, ...part } });
  const descriptions = Object.fromEntries(changed.map((each) => [each, { summary: said[each]?.summary ?? "", body: said[each]?.blocks.filter(isFilled).map(tidy) ?? [] }]));
  return (
    <Card
      title={
        <Space>
          {say("product.words")}
          <Segmented value={lang} onChange={setLang} options={langs.map((each) => ({ value: each, label: nameOf(each) }))} />
        </Space>
      }
      extra={
        mayWrite && (
          <Button type="primary" disabled={changed.length === 0} loading={saving.isSaving} onClick={() => saving.save({ descriptions }, edits.saved)}>
            {say("product.save")}
          </Button>
        )
      }
    >
      <Overtaken names={edits.overtaken} nameOf={nameOf} onYield={edits.yieldTo} />
      <div className="field counted">
        <div className="field-label">{say("product.summary")}</div>
        <Input.TextArea aria-label={say("product.summary")} autoSize={{ minRows: 2 }} maxLength={500} showCount value={of.summary} onChange={(event) => write({ summary: event.target.value })} />
      </div>
      <Writing blocks={of.blocks} onChange={(blocks) => write({ blocks })} />
    </Card>
  );
}
