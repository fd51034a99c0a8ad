import { useEffect, useState } from "react";
import { act, ask, read, Refused } from "@/api/client";
import { useOnce } from "@/api/once";
import { useReading } from "@/api/reading";
import type { CheckoutQuote } from "@/api/shapes";
import { isWhole } from "@/features/AddressForm";
import { Coupons, InvoiceAndNote, Payment, Points } from "@/features/checkout/Choosing";
import { Goods as GoodsList, useGoods } from "@/features/checkout/Goods";
import { Whereto } from "@/features/checkout/Whereto";
import { keepWish, keptWish, noWish, placeOf, quoteOf, type Goods, type Wish } from "@/features/checkout/wish";
import { SignedOut, useSignedOut } from "@/features/NeedsMember";
import { useParams } from "@/features/params";
import { Totals } from "@/features/Totals";
import { goInstead } from "@/going";
import { t, useLang } from "@/i18n";
import { told, type NameOf } from "@/i18n/errors";
import { cart, isAway, keepLink, owner, readCart, shopper, toast } from "@/shopper";
import { Link } from "@/ui/Link";
import { Lines, Price } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Old, Wrong } from "@/ui/Wrong";

export default function Checkout() {
  useLang();
  const { sku, qty } = useParams();
  const { mall, customerId } = shopper.use();
  const [wish, setWish] = useState<Wish>(keptWish);
  useEffect(() => keepWish(wish), [wish]);
  const isOut = useSignedOut();
  const change = (part: Partial<Wish>) => setWish((before) => ({ ...before, ...part }));
  const goodsOf = async (): Promise<Goods> => (sku ? { shop_id: mall?.id ?? "", lines: [{ sku_id: sku, qty: Number(qty) || 1 }] } : owner());
  const about = mall && !isOut ? JSON.stringify([customerId, sku, qty, wish.address.code, wish.pointId, wish.coupon, wish.points]) : null;
  const quoted = useReading(about, async () => ask("/api/v1/checkout/quote", quoteOf(await goodsOf(), wish)));
  const mine = useReading(mall && customerId ? `me ${customerId}` : null, () => read("/api/v1/customer"));
  const quote = quoted.data;
  useEffect(() => {
    if (quote && !quote.methods.includes(wish.method)) change({ method: quote.methods.find((each) => each !== "later") ?? "later" });
  }, [quote]);
  // A coupon that was chosen and can't be used any more: told, and the best of what is left takes its place.
  useEffect(() => {
    if (!quoted.error || wish.coupon === "best" || !isOfCoupon(quoted.error)) return;
    toast(told(quoted.error));
    change({ coupon: "best" });
  }, [quoted.error]);
  const of = useGoods(quote);
  const nameOf: NameOf = (id) => of(id)?.name;
  const placing = usePlacing(wish, quote, goodsOf, { again: quoted.again, nameOf });
  // While the price is worked out anew there is nothing to agree to: no tap is taken that would come to nothing.
  const isReady = !isOut && Boolean(quote) && !quoted.error && isWhole(wish.address, Boolean(wish.pointId));
  const wait = () => {
    toast(quoted.error ? told(quoted.error, nameOf) : t(isOut ? "wrong.signed_out" : "checkout.address_first"));
    if (quoted.error) quoted.again(); // what was in the way may be gone by now
  };
  const button = (
    <button className="button whole" disabled={placing.isBusy || quoted.isOld || (wish.isFinding && !wish.pointId)} onClick={() => (isReady ? void placing.place() : wait())}>
      {t(placing.isBusy ? "checkout.placing" : "checkout.place")}
    </button>
  );
  const foot = quote && (
    <div className="buy-bar phone">
      <span className="grow">
        <small className="faint">{t("totals.payable")}</small> <Price minor={quote.total_minor} currency={quote.currency} />
      </span>
      {button}
    </div>
  );
  return (
    <Shell title={t("checkout.title")} foot={foot} className="checkout">
      {quoted.error && (isNothing(quoted.error) || (isNotSold(quoted.error) && !sku)) ? (
        <Empty title={isNothing(quoted.error) ? t("checkout.nothing") : told(quoted.error, nameOf)} art="茶叶罐">
          <Link to="cart" className="button">
            {t("checkout.to_cart")}
          </Link>
        </Empty>
      ) : !quote ? (
        quoted.error ? <Wrong error={quoted.error} again={quoted.again} /> : <Lines count={8} />
      ) : (
        <div className="two-columns">
          <div>
            {isOut ? <SignedOut /> : <Old error={quoted.error && isAway(quoted.error) ? quoted.error : mine.error} again={quoted.error ? quoted.again : mine.again} />}
            <Whereto wish={wish} change={change} points={quote.pickup_points} me={mine.data} isAsking={mine.isOld} />
            <GoodsList quote={quote} of={of} />
            <section className="card">
              <Coupons wish={wish} change={change} quote={quote} isMember={Boolean(customerId)} goodsOf={goodsOf} />
              {customerId && <Points wish={wish} change={change} quote={quote} />}
            </section>
            <InvoiceAndNote wish={wish} change={change} />
            <Payment wish={wish} change={change} methods={quote.methods} />
          </div>
          <aside className={`card summary ${quoted.isOld ? "fading" : ""}`}>
            <h2>{t("totals.title")}</h2>
            {quoted.error && !isAway(quoted.error) && <p className="note bad">{told(quoted.error, nameOf)}</p>}
            <Totals quote={quote.quote} freightText={quote.freight_text} />
            {quote.promise_text && <p className="promise">{quote.promise_text}</p>}
            {quote.hints.map((hint) => (
              <p key={hint.promotion_id} className="hint">
                <span className="badge solid">{t("deal.hint")}</span> {hint.text}
              </p>
            ))}
            {!wish.address.code && !wish.pointId && <p className="faint">{t("checkout.freight_later")}</p>}
            <div className="wide">{button}</div>
          </aside>
        </div>
      )}
    </Shell>
  );
}

const isNothing = (error: Refused): boolean => error.problem.code === "checkout.NothingSelected";

const isNotSold = (error: Refused): boolean => error.problem.code === "checkout.SkuNotOnOffer";

const isOfCoupon = (error: Refused): boolean => error.problem.code.startsWith("pricing.Coupon");

/** Place once, whatever happens: the same wish has the same key, so that a second tap, or one after a lost answer, is the same order. */
function usePlacing(wish: Wish, quote: CheckoutQuote | undefined, goodsOf: () => Promise<Goods>, { again, nameOf }: { again: () => void; nameOf: NameOf }) {
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const place = async () => {
    if (!quote) return;
    setIsBusy(true);
    try {
      const input = placeOf(await goodsOf(), wish, quote);
      const placed = await once(input, (key) => act("checkout.place", input, key));
      keepLink(placed.number, placed.link);
      keepWish(noWish);
      if (!input.lines?.length) {
        cart.changed();
        void readCart();
      }
      goInstead("result", { link: placed.link, method: wish.method });
    } catch (error) {
      toast(told(error, nameOf));
      if (error instanceof Refused && error.problem.status === 409) again();
      setIsBusy(false);
    }
  };
  return { isBusy, place };
}
