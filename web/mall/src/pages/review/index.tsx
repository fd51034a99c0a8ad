import { useState } from "react";
import { act, read, type Answer } from "@/api/client";
import { useOnce } from "@/api/once";
import { useReading } from "@/api/reading";
import type { FoundOrder, ShownSku } from "@/api/shapes";
import { Pictures } from "@/features/Pictures";
import { useNeeded, useParams } from "@/features/params";
import { NeedsMember } from "@/features/NeedsMember";
import { day, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { isBrowser, typed } from "@/platform";
import { shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { byArrows } from "@/ui/keys";
import { Link } from "@/ui/Link";
import { Lines, Picture, Stars } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Wrong } from "@/ui/Wrong";

type Own = Answer<"/api/v1/storefront/own-reviews">[number];
type Line = FoundOrder["lines"][number];

const STARS = [1, 2, 3, 4, 5] as const;

/** Review what was sent of an order, line by line, with pictures. */
export default function Review() {
  useLang();
  const { link = "" } = useParams();
  useNeeded(link);
  return (
    <Shell title={t("review.title")} className="reviewing">
      <NeedsMember>
        <OfOrder link={link} />
      </NeedsMember>
    </Shell>
  );
}

function OfOrder({ link }: { link: string }) {
  const { mall, customerId } = shopper.use();
  const order = useReading(mall && link ? link : null, () => read("/api/v1/checkout/order", { link }));
  const id = order.data?.order_id;
  const own = useReading(id && customerId ? `reviews ${id}` : null, () => read("/api/v1/storefront/own-reviews", { order_id: id ?? "" }));
  const goods = order.data?.lines.filter((line) => line.sku_id && line.shipped_qty > 0) ?? [];
  const ids = [...new Set(goods.map((line) => line.sku_id ?? ""))].slice(0, 60);
  const shown = useReading(ids.length ? ids.join(" ") : null, () => read("/api/v1/storefront/skus", { id: ids }));
  const error = order.error ?? own.error;
  if (!order.data || !own.data) return error ? <Wrong error={error} again={order.error ? order.again : own.again} /> : <Lines count={6} />;
  if (!goods.length)
    return (
      <Empty title={t("review.nothing")} hint={t("review.nothing.hint")} art="龙井礼盒">
        <Link to="order" query={{ link }} className="button">
          {t("result.see_order")}
        </Link>
      </Empty>
    );
  return goods.map((line) => {
    const sku = shown.data?.find((each) => each.sku_id === line.sku_id);
    const written = own.data?.find((each) => each.line === line.line);
    return (
      <section key={line.line} className="card">
        <Head line={line} sku={sku} />
        {written ? <Written review={written} /> : <Write orderId={id ?? ""} line={line.line} again={own.again} />}
      </section>
    );
  });
}

function Head({ line, sku }: { line: Line; sku?: ShownSku }) {
  return (
    <div className="line">
      <span className="thumb">
        <Picture src={sku?.card?.picture ?? ""} name={sku?.name ?? line.title} />
      </span>
      <span className="grow">
        <span className="line-name">{sku?.name ?? line.title}</span>
        <small className="chosen">{sku?.choices.join(" · ")}</small>
      </span>
    </div>
  );
}

function Written({ review }: { review: Own }) {
  return (
    <>
      <div className="row">
        <Stars value={review.stars} />
        <span className="grow" />
        <small className="badge">{t(`review.${review.status}`)}</small>
        <small className="faint">{day(review.at)}</small>
      </div>
      <p>{review.text || t("review.no_words")}</p>
      {review.reply && <p className="reply">{t("review.reply", { text: review.reply })}</p>}
    </>
  );
}

function Write({ orderId, line, again }: { orderId: string; line: number; again: () => void }) {
  const [stars, setStars] = useState(5);
  const [text, setText] = useState("");
  const [pictures, setPictures] = useState<string[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const send = async () => {
    setIsBusy(true);
    try {
      const wanted = { order_id: orderId, line, stars, text: text.trim(), pictures };
      const review = await once(wanted, (key) => act("storefront.submit_review", wanted, key));
      toast(t(review.status === "approved" ? "review.sent" : "review.waits"), true);
      again();
    } catch (error) {
      toast(told(error));
      setIsBusy(false);
    }
  };
  return (
    <div className="form">
      <div className="row stars-choice" role="radiogroup" aria-label={t("review.title")} onKeyDown={byArrows}>
        {STARS.map((n) => (
          <button key={n} role="radio" aria-checked={n === stars} aria-label={t("review.of", { n })} className={`plain ${n <= stars ? "gold" : "faint"}`} onClick={() => setStars(n)}>
            <Icon name="star" size={28} isFilled={n <= stars} />
          </button>
        ))}
        <small className="faint">{t("review.of", { n: stars })}</small>
      </div>
      <textarea className="field" rows={4} maxLength={2000} value={text} aria-label={t("review.words")} placeholder={t("review.words")} onInput={(event) => setText(typed(event))} />
      {isBrowser && <Pictures pictures={pictures} set={setPictures} />}
      <button className="button whole" disabled={isBusy} onClick={() => void send()}>
        {t("review.send")}
      </button>
    </div>
  );
}
