import { Tag } from "antd";
import dayjs from "dayjs";
import type { Schema } from "../../api/client";
import { useGrantOf } from "../../api/forms";
import { usePick, useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";

export type HoldBack = Schema<"HoldBack">;

/** The action that usually ends it, filled in, a click away. */
export function Handle({ cause, orderId }: { cause: HoldBack; orderId: string }) {
  const say = useSay();
  const grant = useGrantOf(cause.action ?? "");
  if (!cause.action || !grant) return null;
  const input = cause.input && Object.keys(cause.input).length > 0 ? cause.input : { order_id: orderId };
  return <ActionButton action={cause.action} grant={grant} label={say("exc.handle")} given={input} button={{ size: "small", type: "primary", ghost: true }} />;
}

export function Due({ cause }: { cause: HoldBack }) {
  const say = useSay();
  if (!cause.due_at) return null;
  const isOver = dayjs(cause.due_at).isBefore(dayjs());
  return <span className={isOver ? "overdue" : "soft"}>{isOver ? `${say("exc.overdue")} · ${when(cause.due_at)}` : when(cause.due_at)}</span>;
}

export function Holds({ holds, orderId }: { holds: HoldBack[]; orderId: string }) {
  const say = useSay();
  const pick = usePick();
  if (!holds.length) return <p className="soft">{say("order.no_holds")}</p>;
  return holds.map((cause) => (
    <div key={cause.code} className={cause.blocks ? "hold" : "hold quiet"}>
      <div>
        <b>{pick(cause)}</b> <Tag>{say(cause.blocks ? "exc.blocks" : "exc.notes")}</Tag>
      </div>
      <small className="soft" title={cause.code}>
        {say("exc.since")} {when(cause.since)}
        {cause.taken_name && ` · ${say("exc.taken", { name: cause.taken_name })}`}
      </small>
      <div className="card-head">
        <Due cause={cause} />
        <Handle cause={cause} orderId={orderId} />
      </div>
    </div>
  ));
}
