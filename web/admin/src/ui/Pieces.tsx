import { InputNumber, Table } from "antd";
import { useState } from "react";
import type { Input } from "../api/actions";
import { useSay } from "../i18n";

export interface PieceRow {
  key: string;
  title: string;
  max: number;
  /** How many there are, where that is not the most that can be named. */
  there?: number;
  /** What names the line in the action's input, beside `qty`. */
  names: Input;
}

/** How many pieces of which lines an action is about; tells them as its `lines`. */
export function Pieces({ rows, onChange, head }: { rows: PieceRow[]; onChange: (input: Input) => void; head?: string }) {
  const say = useSay();
  const [qty, setQty] = useState<Record<string, number>>({});
  const change = (key: string, value: number | null) => {
    const next = { ...qty, [key]: value ?? 0 };
    setQty(next);
    onChange({ lines: rows.filter((row) => (next[row.key] ?? 0) > 0).map((row) => ({ ...row.names, qty: next[row.key] })) });
  };
  return (
    <Table
      size="small"
      rowKey="key"
      pagination={false}
      dataSource={rows}
      columns={[
        { title: say("order.title"), dataIndex: "title" },
        { title: head ?? say("unit.there"), align: "right", render: (_, row) => row.there ?? row.max },
        {
          title: say("order.qty"),
          align: "right",
          render: (_, row) => <InputNumber aria-label={row.title} min={0} max={row.max} precision={0} value={qty[row.key] ?? 0} onChange={(value) => change(row.key, value)} />,
        },
      ]}
    />
  );
}
