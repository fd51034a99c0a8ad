import type { ReactNode } from "react";

export interface Bar {
  name: string;
  value: number;
  shown: ReactNode;
  tone?: "before" | "after" | "bad";
}

/** Horizontal bars on one scale, each with its own words; those below zero go to the left of the line. */
export function Bars({ title, bars }: { title: string; bars: Bar[] }) {
  const most = Math.max(...bars.map((each) => Math.abs(each.value)), 1);
  const isBelow = bars.some((each) => each.value < 0);
  const zero = isBelow ? 50 : 0;
  return (
    <figure className="bars">
      <figcaption>{title}</figcaption>
      {bars.map((each, at) => {
        const width = (Math.abs(each.value) / most) * (100 - zero);
        const left = each.value < 0 ? zero - width : zero;
        return (
          <div className="bar" key={at}>
            <span className="bar-name">{each.name}</span>
            <span className="bar-track">
              <span className={`bar-fill ${each.value < 0 ? "bad" : (each.tone ?? "after")}`} style={{ marginLeft: `${left}%`, width: `${Math.max(width, 0.4)}%` }} />
            </span>
            <span className="bar-value money">{each.shown}</span>
          </div>
        );
      })}
    </figure>
  );
}
