import { Button, Card, Input, Segmented, Space } from "antd";
import { useState } from "react";
import { useGrant } from "../../app/session";
import { useSay } from "../../i18n";
import { useAct } from "../../ui/useAct";
import { isFilled, tidy, Writing, type Piece } from "../../ui/Writing";
import type { ProductDetail } from "./ProductPage";

interface Said {
  summary: string;
  blocks: Piece[];
}

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
      return [each, { summary: known?.summary ?? "", blocks: (known?.blocks ?? []) as unknown as Piece[] }];
    }),
  );
  const [said, setSaid] = useState<Record<string, Said>>(first);
  const saving = useAct("catalog.update_product");
  const changed = langs.filter((each) => JSON.stringify(said[each]) !== JSON.stringify(first[each]));
  const of = said[lang] ?? { summary: "", blocks: [] };
  const write = (part: Partial<Said>) => setSaid({ ...said, [lang]: { ...of, ...part } });
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
      <Writing blocks={of.blocks} onChange={(blocks) => write({ blocks })} />
    </Card>
  );
}
