import { Popover } from "antd";
import type { ReactNode } from "react";

/** A number that can be asked how it came to be: a dotted line under it, the answer on a click. */
export function Why({ title, answer, children }: { title: string; answer: ReactNode; children: ReactNode }) {
  return (
    <Popover trigger="click" title={title} content={<div className="why-answer">{answer}</div>} destroyOnHidden>
      <button type="button" className="why" onClick={(event) => event.stopPropagation()}>
        {children}
      </button>
    </Popover>
  );
}
