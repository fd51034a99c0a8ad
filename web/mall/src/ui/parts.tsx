import { useEffect, useState, type PropsWithChildren } from "react";
import type { Card } from "@/api/shapes";
import { drawing } from "@/art/drawing";
import { amount, t } from "@/i18n";
import { Icon } from "./Icon";
import { byArrows, useHeld } from "./keys";
import { Link } from "./Link";

declare const MALL_API: string;

/** A picture of goods; where there is none, or it does not come, one is drawn by the name. */
export function Picture({ src, name, isFirst }: { src: string; name: string; isFirst?: boolean }) {
  const [isBroken, setIsBroken] = useState(false);
  const shown = src && !isBroken ? src : drawing(name);
  return <img className="picture" src={shown} alt={name} loading={isFirst ? "eager" : "lazy"} onError={() => setIsBroken(true)} />;
}

/** Where a picture is served that is kept here under the hash of its bytes. */
export const pictureOf = (sha256: string): string => `${MALL_API}/api/v1/media/${sha256}`;

/** A price: the whole large, the cents small. */
export function Price({ minor, currency, isFrom, className = "" }: { minor: number; currency: string; isFrom?: boolean; className?: string }) {
  const { mark, whole, cents } = amount(minor, currency);
  return (
    <span className={`price ${className}`}>
      <small>{mark}</small>
      {whole}
      {cents && cents !== "00" && <small>.{cents}</small>}
      {isFrom && <small className="from">{t("price.from")}</small>}
    </span>
  );
}

export const Struck = ({ minor, currency }: { minor: number; currency: string }) => {
  const { mark, whole, cents } = amount(minor, currency);
  return <del>{mark + whole + (cents && cents !== "00" ? `.${cents}` : "")}</del>;
};

export const Stars = ({ value }: { value: number }) => (
  <span className="stars" role="img" aria-label={t("review.stars", { n: value })}>
    <span style={{ width: `${value * 20}%` }} />
  </span>
);

/** A product in a grid. */
export function GoodsCard({ card, isFirst }: { card: Card; isFirst?: boolean }) {
  return (
    <Link to="product" query={{ id: card.id }} className="goods">
      <span className="frame">
        <Picture src={card.picture} name={card.name} isFirst={isFirst} />
        {!card.in_stock && <span className="gone">{t("goods.gone")}</span>}
      </span>
      <span className="goods-name">{card.name}</span>
      <span className="badges">
        {card.badges.slice(0, 2).map((badge) => (
          <span key={badge} className="badge">
            {badge}
          </span>
        ))}
      </span>
      <span className="goods-price">
        <Price minor={card.price_minor} currency={card.currency} isFrom={card.price_max_minor > card.price_minor} />
        {card.market_minor != null && card.market_minor > card.price_minor && <Struck minor={card.market_minor} currency={card.currency} />}
        <span className="grow" />
        {card.sales > 0 && <small className="faint">{t("goods.sold", { n: pieces(card.sales) })}</small>}
      </span>
    </Link>
  );
}

export const pieces = (n: number): string => (n >= 10000 ? `${(n / 10000).toFixed(1)}${t("goods.ten_thousand")}` : n >= 1000 ? `${Math.floor(n / 100) * 100}+` : String(n));

export const Grid = ({ cards }: { cards: readonly Card[] }) => (
  <div className="grid">
    {cards.map((card, n) => (
      <GoodsCard key={card.id} card={card} isFirst={n < 4} />
    ))}
  </div>
);

export const Bones = ({ cards = 8 }: { cards?: number }) => (
  <div className="grid" aria-hidden="true">
    {Array.from({ length: cards }, (_, n) => (
      <div key={n} className="goods bones">
        <span className="frame" />
        <span />
        <span />
      </div>
    ))}
  </div>
);

export const Lines = ({ count = 4 }: { count?: number }) => (
  <div className="card bones-lines" aria-hidden="true">
    {Array.from({ length: count }, (_, n) => (
      <span key={n} />
    ))}
  </div>
);

interface Stepping {
  qty: number;
  least?: number;
  most?: number | null;
  step?: number;
  set: (qty: number) => void;
}

/** How many pieces. */
export function Qty({ qty, least = 1, most, step = 1, set }: Stepping) {
  return (
    <span className="qty">
      <button aria-label={t("qty.less")} disabled={qty - step < least} onClick={() => set(qty - step)}>
        <Icon name="minus" size={16} />
      </button>
      <b aria-live="polite">{qty}</b>
      <button aria-label={t("qty.more")} disabled={most != null && qty + step > most} onClick={() => set(qty + step)}>
        <Icon name="plus" size={16} />
      </button>
    </span>
  );
}

/** Something over the page: from below on phones, in the middle of wide screens. */
export function Sheet({ title, close, children }: PropsWithChildren<{ title: string; close: () => void }>) {
  const held = useHeld(close);
  return (
    <div className="veil" onClick={close}>
      <section ref={held} className="sheet" role="dialog" aria-modal="true" aria-label={title} tabIndex={-1} onClick={(event) => event.stopPropagation()}>
        <header>
          <h2>{title}</h2>
          <button className="plain" aria-label={t("sheet.close")} onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div className="sheet-body">{children}</div>
      </section>
    </div>
  );
}

/** Seconds until a moment of the server's clock, which is `aheadMs` ahead of this one. */
export function useSecondsTo(at: string, aheadMs = 0): number {
  const left = () => Math.max(0, Math.ceil((Date.parse(at) - Date.now() - aheadMs) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 1000);
    return () => clearInterval(timer);
  }, [at, aheadMs]);
  return seconds;
}

export function Clock({ seconds }: { seconds: number }) {
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  return (
    <span className="clock" role="timer">
      {days > 0 && <span className="days">{t("clock.days", { n: days })}</span>}
      <b>{two((seconds / 3600) % 24)}</b>:<b>{two((seconds / 60) % 60)}</b>:<b>{two(seconds % 60)}</b>
    </span>
  );
}

/** Choose one of a few. */
export function Choices<V extends string>({ name, options, value, set }: { name: string; options: readonly (readonly [V, string])[]; value: V; set: (value: V) => void }) {
  return (
    <div className="choices" role="radiogroup" aria-label={name} onKeyDown={byArrows}>
      {options.map(([each, label]) => (
        <button key={each} role="radio" aria-checked={each === value} className={each === value ? "on" : ""} onClick={() => set(each)}>
          {label}
        </button>
      ))}
    </div>
  );
}
