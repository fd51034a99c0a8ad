import { Empty, Tag } from "antd";
import type { Effect } from "../api/actions";
import { useSay, useWord } from "../i18n";
import { Happened } from "./Named";

const COLOURS: Record<string, string> = { event: "blue", transfer: "green", job: "purple" };

/** One effect in a line: what kind it is, what it is called, and how much it moves. */
function told(effect: Effect): { kind: string; name: string; amount: string } {
  if (typeof effect.transfer === "string")
    return { kind: "transfer", name: `${effect.transfer}.${String(effect.kind)}`, amount: String(effect.amount ?? "") };
  if (typeof effect.event === "string") return { kind: "event", name: effect.event, amount: "" };
  return { kind: "job", name: String(effect.job ?? JSON.stringify(effect)), amount: "" };
}

/** What an action would do, before it does it. */
export function Effects({ effects }: { effects: Effect[] }) {
  const say = useSay();
  const word = useWord();
  if (!effects.length) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("action.no_effects")} />;
  return (
    <ul className="effects">
      {effects.map((effect, index) => {
        const { kind, name, amount } = told(effect);
        return (
          <li key={index}>
            <Tag color={COLOURS[kind]}>{word("effect", kind)}</Tag>
            <span>{kind === "job" ? <code>{name}</code> : <Happened name={name} />}</span>
            <b>{amount}</b>
          </li>
        );
      })}
    </ul>
  );
}
