import { useState } from "react";
import { read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { CheckoutQuote } from "@/api/shapes";
import { Field } from "@/features/AddressForm";
import { day, money, t, type Key } from "@/i18n";
import { looks } from "@/looks";
import { typed } from "@/platform";
import { Icon } from "@/ui/Icon";
import { byArrows } from "@/ui/keys";
import { Choices, Sheet } from "@/ui/parts";
import { useCompared } from "./comparing";
import type { Goods, Invoice, Wish } from "./wish";

interface Props {
  wish: Wish;
  change: (part: Partial<Wish>) => void;
}

/** A code as it was given out, also where it was typed with full-width letters, or copied with what stood around it. */
const plain = (code: string): string => code.normalize("NFKC").replace(/[^0-9A-Za-z -]/g, "").trim();

/** The best of one's coupons without asking; or one, or none, or a code. */
export function Coupons({ wish, change, quote, isMember, goodsOf }: Props & { quote: CheckoutQuote; isMember: boolean; goodsOf: () => Promise<Goods> }) {
  const { lang } = looks.use();
  const [isOpen, setIsOpen] = useState(false);
  const [code, setCode] = useState("");
  const wallet = useReading(isMember ? "wallet" : null, () => read("/api/v1/customer/coupons", { limit: 50 }));
  const usable = wallet.data?.items.filter((each) => each.status === "usable") ?? [];
  const compared = useCompared(isOpen ? usable : [], goodsOf, wish);
  const used = quote.quote.applied.filter((each) => each.coupon);
  const off = used.reduce((sum, each) => sum + each.amount_minor, 0);
  const ascii = plain(code);
  const choose = (coupon: string) => {
    change({ coupon });
    setIsOpen(false);
  };
  const text = off > 0 ? `−${money(off, quote.currency)}` : wish.coupon === "none" ? t("coupon.none_used") : usable.length ? t("coupon.usable", { n: usable.length }) : t("coupon.none");
  return (
    <>
      <button className="plain row whole" onClick={() => setIsOpen(true)}>
        <Icon name="ticket" />
        <span className="grow left">{t("coupon.title")}</span>
        <span className={off > 0 ? "red" : "faint"}>{text}</span>
        <Icon name="next" size={14} />
      </button>
      {isOpen && (
        <Sheet title={t("coupon.title")} close={() => setIsOpen(false)}>
          <button className={`address ${wish.coupon === "best" ? "on" : ""}`} onClick={() => choose("best")}>
            <b>{t("coupon.best")}</b>
            <small className="faint">{t("coupon.best.hint")}</small>
          </button>
          {usable.map((each) => (
            <button key={each.id} className={`address ${wish.coupon === each.id ? "on" : ""}`} onClick={() => choose(each.id)}>
              <b>{(lang === "en" && each.name_en) || each.name}</b>
              <small className="faint">{each.valid_to ? t("coupon.until", { day: day(each.valid_to) }) : t("coupon.always")}</small>
              <small className="compared">{compared[each.id] ?? "\u00a0"}</small>
            </button>
          ))}
          <button className={`address ${wish.coupon === "none" ? "on" : ""}`} onClick={() => choose("none")}>
            <b>{t("coupon.without")}</b>
          </button>
          <div className="row">
            <input className="field grow" value={code} placeholder={t("coupon.code")} aria-label={t("coupon.code")} onInput={(event) => setCode(typed(event))} />
            <button className="button small" disabled={ascii.length < 4} onClick={() => choose(`code:${ascii}`)}>
              {t("coupon.use_code")}
            </button>
          </div>
        </Sheet>
      )}
    </>
  );
}

/** As many points as the promotion takes, or none. */
export function Points({ wish, change, quote }: Props & { quote: CheckoutQuote }) {
  const found = useReading("points", () => read("/api/v1/customer/points"));
  const available = found.data?.available ?? 0;
  if (!available) return null;
  const used = quote.quote.totals.points ?? 0;
  const isOn = wish.points > 0;
  return (
    <button className="plain row whole" role="switch" aria-checked={isOn} onClick={() => change({ points: isOn ? 0 : available })}>
      <Icon name="points" />
      <span className="grow left">
        {t("points.use")} <small className="faint">{isOn ? t("points.used", { n: used }) : t("points.available", { n: available })}</small>
      </span>
      <span className={`switch ${isOn ? "on" : ""}`} />
    </button>
  );
}

export function InvoiceAndNote({ wish, change }: Props) {
  const options = (["none", "personal", "company"] as const).map((each) => [each, t(`invoice.${each}`)] as const);
  return (
    <section className="card form">
      <header className="row">
        <h2 className="grow">{t("invoice.title")}</h2>
        <Choices<Invoice> name={t("invoice.title")} options={options} value={wish.invoice} set={(invoice) => change({ invoice })} />
      </header>
      {wish.invoice !== "none" && (
        <div className="pair">
          <Field label={t(wish.invoice === "company" ? "invoice.company.name" : "invoice.personal.name")} value={wish.title} set={(title) => change({ title })} />
          {wish.invoice === "company" && <Field label={t("invoice.tax_no")} value={wish.taxNo} set={(taxNo) => change({ taxNo })} />}
          <Field label={t("invoice.email")} type="email" value={wish.email} set={(email) => change({ email })} />
        </div>
      )}
      <Field label={t("checkout.note")} hint={t("checkout.note.hint")} value={wish.note} set={(note) => change({ note })} />
    </section>
  );
}

const WAYS: Record<string, Key> = {
  test: "pay.test",
  wechat: "pay.wechat",
  alipay: "pay.alipay",
  on_delivery: "pay.on_delivery",
  on_account: "pay.on_account",
  later: "pay.later",
};

export const wayOf = (method: string): string => {
  const key = WAYS[method];
  return key ? t(key) : method;
};

export function Payment({ wish, change, methods }: Props & { methods: readonly string[] }) {
  return (
    <section className="card">
      <h2>{t("pay.title")}</h2>
      <div role="radiogroup" aria-label={t("pay.title")} onKeyDown={byArrows}>
        {methods.map((method) => (
          <button key={method} className={`way ${method}`} role="radio" aria-checked={method === wish.method} onClick={() => change({ method })}>
            <i className="way-mark" />
            <span className="grow left">{wayOf(method)}</span>
            <span className={`tick round ${method === wish.method ? "on" : ""}`}>{method === wish.method && <Icon name="check" size={14} />}</span>
          </button>
        ))}
      </div>
    </section>
  );
}
