import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber, Space } from "antd";
import { useState } from "react";
import type { Input as Given } from "../../api/actions";
import { useSay } from "../../i18n";
import { SkuSelect } from "../../ui/Pickers";

interface Line {
  n: number;
  sku_id?: string;
  qty: number;
  [more: string]: unknown;
}

export interface Extra {
  name: string;
  label: string;
  kind: "text" | "money";
}

interface Props {
  extras: Extra[];
  onChange: (input: Given) => void;
}

/** Lines of goods for an action: SKU, pieces, and what else each line tells. Lines without a SKU are left out. */
export function Lines({ extras, onChange }: Props) {
  const say = useSay();
  const [lines, setLines] = useState<Line[]>([{ n: 1, qty: 1 }]);
  const set = (next: Line[]) => {
    setLines(next);
    onChange({ lines: next.filter((each) => each.sku_id).map(({ n: _, ...line }) => line) });
  };
  const change = (n: number, more: Partial<Line>) => set(lines.map((each) => (each.n === n ? { ...each, ...more } : each)));
  return (
    <div className="stack desk-lines">
      {lines.map((line) => (
        <Space.Compact key={line.n} block>
          <div className="desk-sku">
            <SkuSelect value={line.sku_id} onChange={(sku_id) => change(line.n, { sku_id })} />
          </div>
          <InputNumber aria-label={say("order.qty")} min={1} precision={0} value={line.qty} onChange={(qty) => change(line.n, { qty: qty ?? 1 })} />
          {extras.map((extra) =>
            extra.kind === "money" ? (
              <InputNumber key={extra.name} aria-label={extra.label} placeholder={extra.label} min={0} precision={2} onChange={(value) => change(line.n, { [extra.name]: Math.round((value ?? 0) * 100) })} />
            ) : (
              <Input key={extra.name} aria-label={extra.label} placeholder={extra.label} onChange={(event) => change(line.n, { [extra.name]: event.target.value || undefined })} />
            ),
          )}
          <Button aria-label={say("desk.remove_line")} icon={<DeleteOutlined />} disabled={lines.length === 1} onClick={() => set(lines.filter((each) => each.n !== line.n))} />
        </Space.Compact>
      ))}
      <Button icon={<PlusOutlined />} onClick={() => set([...lines, { n: Math.max(...lines.map((each) => each.n)) + 1, qty: 1 }])}>
        {say("desk.add_line")}
      </Button>
    </div>
  );
}
