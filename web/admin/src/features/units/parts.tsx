import { Space, Tag } from "antd";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";

export type Unit = Schema<"Unit">;
export const STATES = ["open", "released", "shipped", "canceled", "merged"] as const;
const COLOURS: Record<string, string> = { open: "gold", released: "blue", shipped: "green", canceled: "default", merged: "purple" };

/** A unit's state as a coloured word. */
export function UnitState({ value }: { value: string }) {
  const word = useWord();
  return (
    <Tag color={COLOURS[value]} variant="filled">
      {word("unit.state", value)}
    </Tag>
  );
}

/** What can be done with a unit as it is now, but for what asks for its lines. */
export function UnitDoings({ unit }: { unit: Unit }) {
  const say = useSay();
  const given = { unit_id: unit.id };
  const grant = "orders.arrange_units";
  return (
    <Space wrap>
      {unit.state === "open" && <ActionButton action="orders.release_unit" grant={grant} label={say("unit.release")} given={given} button={{ type: "primary" }} />}
      {unit.state === "open" && <ActionButton action="orders.move_unit" grant={grant} label={say("unit.move")} given={given} />}
      {unit.state === "released" && <ActionButton action="orders.recall_unit" grant={grant} label={say("unit.recall")} given={given} />}
      {unit.state === "released" && <ActionButton action="orders.ship_unit" grant="orders.ship" label={say("unit.ship")} given={given} button={{ type: "primary" }} />}
    </Space>
  );
}
