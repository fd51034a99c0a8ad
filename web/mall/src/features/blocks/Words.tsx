import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { t } from "@/i18n";
import { looks } from "@/looks";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Picture, pictureOf } from "@/ui/parts";
import { saidIn, type Of } from "./reading";
import { To } from "./To";

export function Notice({ block }: { block: Of<"notice"> }) {
  return (
    <section className="block notice">
      <To link={block.link} className="row">
        <Icon name="chat" size={18} />
        <span className="grow">{saidIn(block.text, block.text_en)}</span>
        {block.link && <Icon name="next" size={14} />}
      </To>
    </section>
  );
}

export function Title({ block }: { block: Of<"title"> }) {
  const hint = saidIn(block.hint, block.hint_en);
  return (
    <section className="block floor">
      <header>
        <h2>{saidIn(block.title, block.title_en)}</h2>
        {hint && <span className="faint">{hint}</span>}
        <span className="grow" />
        {block.link && (
          <To link={block.link}>
            {t("home.more")} <Icon name="next" size={14} />
          </To>
        )}
      </header>
    </section>
  );
}

export const Space = ({ block }: { block: Of<"space"> }) => (
  <div className="block space" aria-hidden="true" style={{ height: `${block.height ?? 16}px` }}>
    {block.has_line && <i />}
  </div>
);

/** Headings, paragraphs, lists, tables and pictures; every text letter by letter, so nothing in it can run. */
export function Writing({ block }: { block: Of<"text"> }) {
  const { lang } = looks.use();
  const body = lang === "en" && block.body_en?.length ? block.body_en : block.body;
  return (
    <section className="block card about writing">
      {body.map((piece, n) => {
        if (piece.type === "heading") return <h3 key={n}>{piece.text}</h3>;
        if (piece.type === "paragraph")
          return (
            <p key={n} className="prose">
              {piece.text}
            </p>
          );
        if (piece.type === "list")
          return (
            <ul key={n}>
              {piece.items.map((item, m) => (
                <li key={m}>{item}</li>
              ))}
            </ul>
          );
        if (piece.type === "table")
          return (
            <dl key={n} className="traits">
              {piece.rows.map(([name, ...rest], m) => (
                <div key={m}>
                  <dt>{name}</dt>
                  <dd>{rest.join(" ")}</dd>
                </div>
              ))}
            </dl>
          );
        if (piece.type === "picture") return <Picture key={n} src={piece.file ? pictureOf(piece.file) : (piece.url ?? "")} name={piece.alt ?? ""} />;
        return null;
      })}
    </section>
  );
}

/** Who is signed in, or the way to signing in. */
export function Member() {
  const { customerId } = shopper.use();
  const me = useReading(customerId ? `me ${customerId}` : null, () => read("/api/v1/customer"));
  return (
    <section className="block card row member">
      <Icon name="user" size={28} />
      <span className="grow">
        <b>{customerId ? me.data?.name || t("me.member") : t("me.hello")}</b>
        {!customerId && (
          <Link to="login" query={{ back: 1 }} className="under">
            {t("me.sign_in")}
          </Link>
        )}
      </span>
      <Link to="coupons">{t("coupons.title")}</Link>
      <Link to="orders">{t("me.orders")}</Link>
    </section>
  );
}
