import { useSay, useWord } from "../../i18n";
import { GROUPS, TOOLS, type Kind } from "./tools";

/** The tools by what a merchant wants, each with what it is for. */
export function ToolPicker({ onPick }: { onPick: (kind: Kind) => void }) {
  const say = useSay();
  const word = useWord();
  return (
    <div className="stack">
      {GROUPS.map((group) => (
        <section key={group}>
          <h3>{say(`tool_group.${group}`)}</h3>
          <div className="tools">
            {TOOLS.filter((each) => each.group === group).map((each) => (
              <button type="button" className="tool" key={each.kind} onClick={() => onPick(each.kind)}>
                <b>{word("tool", each.kind)}</b>
                <span className="soft">{word("tool_hint", each.kind)}</span>
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
