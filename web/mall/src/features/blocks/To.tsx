import type { PropsWithChildren } from "react";
import { isBrowser } from "@/platform";
import { Link } from "@/ui/Link";
import type { Of } from "./reading";

export type Target = NonNullable<Of<"banner">["link"]>;

interface Props {
  link?: Target | null;
  className?: string;
  label?: string;
}

/** Something that leads to where a block says, or nowhere. */
export function To({ link, className, label, children }: PropsWithChildren<Props>) {
  const shared = { className, label };
  if (!link || (link.to === "web" && !isBrowser)) return <span className={className}>{children}</span>;
  if (link.to === "web")
    return (
      <a className={className} aria-label={label} href={link.url} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  if (link.to === "place")
    return (
      <Link to={link.place} {...shared}>
        {children}
      </Link>
    );
  if (link.to === "page")
    return (
      <Link {...(link.slug === "home" ? { to: "home" as const } : { to: "page" as const, query: { slug: link.slug } })} {...shared}>
        {children}
      </Link>
    );
  if (link.to === "product")
    return (
      <Link to="product" query={{ id: link.product_id }} {...shared}>
        {children}
      </Link>
    );
  return (
    <Link to="list" query={link.to === "search" ? { q: link.q } : { category: link.category_id }} {...shared}>
      {children}
    </Link>
  );
}
