import { useState } from "react";
import { act, read } from "@/api/client";
import { useOnce } from "@/api/once";
import { useReading } from "@/api/reading";
import type { ProductPage } from "@/api/shapes";
import { day, t } from "@/i18n";
import { told } from "@/i18n/errors";
import { typed } from "@/platform";
import { shopper, toast } from "@/shopper";
import { Link } from "@/ui/Link";
import { Choices, Picture, pictureOf, Stars } from "@/ui/parts";

type Block = NonNullable<NonNullable<ProductPage["description"]>["blocks"]>[number];

export function Details({ product }: { product: ProductPage }) {
  const { description } = product;
  return (
    <section className="card about">
      <h2>{t("product.details")}</h2>
      <dl className="traits">
        {product.card.brand && (
          <div>
            <dt>{t("product.brand")}</dt>
            <dd>{product.card.brand}</dd>
          </div>
        )}
        {product.traits.map((trait) => (
          <div key={trait.key}>
            <dt>{trait.label}</dt>
            <dd>
              {trait.values.join(t("list.comma"))}
              {trait.unit && ` ${trait.unit}`}
            </dd>
          </div>
        ))}
      </dl>
      {description?.blocks?.map((block, n) => <Told key={n} block={block} name={product.card.name} />)}
      {!description?.blocks?.length && description?.summary && <p className="prose">{description.summary}</p>}
    </section>
  );
}

function Told({ block, name }: { block: Block; name: string }) {
  const said = block as { text?: string; url?: string | null; alt?: string };
  if (said.url) return <Picture src={said.url} name={said.alt || name} />;
  return said.text ? <p className="prose">{said.text}</p> : null;
}

type Star = "0" | "1" | "2" | "3" | "4" | "5";

export function Reviews({ product }: { product: ProductPage }) {
  const [stars, setStars] = useState<Star>("0");
  const { count, rating, by_stars: byStars } = product.reviews;
  const found = useReading(count ? `reviews ${product.card.id} ${stars}` : null, () =>
    read("/api/v1/storefront/products/{product_id}/reviews", { limit: 10, stars: Number(stars) || null }, { product_id: product.card.id }),
  );
  const options = (["0", "5", "4", "3", "2", "1"] as const).map((each) => [each, each === "0" ? t("review.all", { n: count }) : t("review.stars", { n: Number(each) })] as const);
  return (
    <section className="card about">
      <h2>
        {t("product.reviews")} <small>{count}</small>
      </h2>
      {!count && <p className="faint">{t("review.none")}</p>}
      {count > 0 && (
        <>
          <div className="row rating">
            <b>{((rating ?? 0) / 100).toFixed(1)}</b>
            <Stars value={(rating ?? 0) / 100} />
            <span className="faint">{t("review.good", { n: Math.round(((Number(byStars[3]) + Number(byStars[4])) / count) * 100) })}</span>
          </div>
          <Choices name={t("product.reviews")} options={options} value={stars} set={setStars} />
          {found.data?.items.map((review) => (
            <article key={review.id} className="review">
              <div className="row">
                <Stars value={review.stars} />
                <small className="faint">{variantName(product, review.sku_id)}</small>
                <span className="grow" />
                <small className="faint">{day(review.at)}</small>
              </div>
              <p>{review.text || t("review.no_words")}</p>
              {review.pictures.length > 0 && (
                <div className="thumbs">
                  {review.pictures.map((src) => (
                    <Picture key={src} src={pictureOf(src)} name={product.card.name} />
                  ))}
                </div>
              )}
              {review.reply && <p className="reply">{t("review.reply", { text: review.reply })}</p>}
            </article>
          ))}
        </>
      )}
    </section>
  );
}

const variantName = (product: ProductPage, skuId: string): string => {
  const variant = product.variants.find((each) => each.sku_id === skuId);
  return product.choices.map((choice) => choice.values.find(({ value }) => value === variant?.choices[choice.key])?.label ?? "").join(" ");
};

export function Questions({ product }: { product: ProductPage }) {
  const { customerId } = shopper.use();
  const [text, setText] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const { questions } = product;
  const send = async () => {
    setIsBusy(true);
    try {
      await once(text, (key) => act("storefront.ask_question", { product_id: product.card.id, text }, key));
      setText("");
      toast(t("question.sent"), true);
    } catch (error) {
      toast(told(error));
    }
    setIsBusy(false);
  };
  return (
    <section className="card about">
      <h2>
        {t("product.questions")} <small>{questions.count}</small>
      </h2>
      {questions.newest.map((question) => (
        <article key={question.id} className="question">
          <p>
            <b className="ask">{t("question.q")}</b> {question.text}
          </p>
          {question.answers.map((answer) => (
            <p key={answer.id}>
              <b className="answer">{t("question.a")}</b> {answer.text}
              <small className="faint"> {t(answer.by === "shop" ? "question.by_shop" : "question.by_buyer")}</small>
            </p>
          ))}
        </article>
      ))}
      {customerId ? (
        <div className="row">
          <input className="grow" value={text} placeholder={t("question.placeholder")} aria-label={t("question.placeholder")} onInput={(event) => setText(typed(event))} />
          <button className="button small" disabled={isBusy || text.trim().length < 2} onClick={() => void send()}>
            {t("question.send")}
          </button>
        </div>
      ) : (
        <Link to="login" query={{ back: 1 }} className="faint under">
          {t("question.sign_in")}
        </Link>
      )}
    </section>
  );
}
