import { useEffect } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import { useFoot } from "@/features/footing";
import { useParams } from "@/features/params";
import { goInstead } from "@/going";
import { t, useLang } from "@/i18n";
import { looks } from "@/looks";
import { shopper } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Shell } from "@/ui/Shell";
import { content } from "./content";

/** Whom to ask, and what is often asked: delivery, returns, invoices, privacy. */
export default function Help() {
  useLang();
  const { lang } = looks.use();
  const { mall } = shopper.use();
  const { about = "" } = useParams();
  const points = useReading(mall ? `points ${mall.id}` : null, () => read("/api/v1/checkout/pickup-points", { shop_id: mall?.id ?? "" }));
  const written = new Set(useFoot().map((each) => each.slug));
  // What was told here once and is a page of its own by now: old links lead on to it.
  const isMoved = written.has(about);
  useEffect(() => {
    if (isMoved) goInstead("page", { slug: about });
  }, [isMoved]);
  const open = points.data?.filter((each) => each.active) ?? [];
  return (
    <Shell title={t("help.title")} className="help" isLast>
      <section className="card">
        <h2>{t("help.contact")}</h2>
        <p className="faint">{t("help.contact.hint")}</p>
        {open.map((point) => (
          <div key={point.id} className="row item">
            <Icon name="pin" />
            <span className="grow left">
              <b>{point.name}</b>
              <small className="faint">
                {point.street} · {point.hours}
              </small>
            </span>
            {point.phone && (
              <a className="button small quiet" href={`tel:${point.phone}`}>
                {point.phone}
              </a>
            )}
          </div>
        ))}
        <Link to="orders" className="button quiet small">
          {t("help.find_order")}
        </Link>
      </section>
      <section className="card">
        <h2>{t("help.faq")}</h2>
        {content[lang].filter((each) => !written.has(each.key)).map((each) => (
          <details key={each.key} className="faq" open={each.key === about}>
            <summary>{each.title}</summary>
            {each.paragraphs.map((text) => (
              <p key={text} className="prose">
                {text}
              </p>
            ))}
          </details>
        ))}
      </section>
    </Shell>
  );
}
