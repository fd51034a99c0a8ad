import type { MouseEvent, PropsWithChildren } from "react";
import { addressOf, go, type Query } from "@/going";
import { isBrowser } from "@/platform";
import type { PageName } from "@/routes";

interface Props {
  to: PageName;
  query?: Query;
  className?: string;
  label?: string;
  isCurrent?: boolean;
}

/** A link to a page: with a real address in browsers, so that it can be copied, or opened beside this one. */
export function Link({ to, query, className, label, isCurrent, children }: PropsWithChildren<Props>) {
  const open = (event: MouseEvent) => {
    if (isBrowser && (event.metaKey || event.ctrlKey || event.shiftKey)) return;
    event.preventDefault();
    if (event.detail > 1) return; // the second of a double click, however late the page comes to it
    go(to, query);
  };
  return (
    <a className={className} aria-label={label} aria-current={isCurrent ? "page" : undefined} onClick={open} {...(isBrowser ? { href: addressOf(to, query) } : {})}>
      {children}
    </a>
  );
}
