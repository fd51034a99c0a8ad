import { Tag } from "antd";
import { useWord } from "../../i18n";

const COLOURS: Record<string, string> = {
  "status.placed": "gold",
  "status.part_shipped": "lime",
  "status.shipped": "cyan",
  "status.signed": "green",
  "status.canceled": "default",
  "pay.unpaid": "orange",
  "pay.part_paid": "gold",
  "pay.paid": "green",
};

/** A state of an order as a coloured word. */
export function State({ kind, value }: { kind: "status" | "pay"; value: string }) {
  const word = useWord();
  return (
    <Tag color={COLOURS[`${kind}.${value}`]} variant="filled">
      {word(kind, value)}
    </Tag>
  );
}
