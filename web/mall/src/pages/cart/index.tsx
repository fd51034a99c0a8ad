import { useDidShow } from "@tarojs/taro";
import { useRef, useState } from "react";
import { read } from "@/api/client";
import { useReading, type Reading } from "@/api/reading";
import type { CartItem, CartView, ShownSku } from "@/api/shapes";
import { Totals } from "@/features/Totals";
import { go } from "@/going";
import { money, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { readCart, setLines, shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Lines, Picture, Price, Qty, Sheet } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Empty, Old, Wrong } from "@/ui/Wrong";

interface Whole {
  cart: CartView;
  skus: Map<string, ShownSku>;
}

/** The cart with what its lines look like. */
async function wholeCart(): Promise<Whole> {
  const cart = await readCart();
  const ids = [...cart.lines, ...cart.invalid].map((line) => line.sku_id);
  const chunks = Array.from({ length: Math.ceil(ids.length / 60) }, (_, n) => ids.slice(n * 60, n * 60 + 60));
  const shown = await Promise.all(chunks.map((id) => read("/api/v1/storefront/skus", { id })));
  return { cart, skus: new Map(shown.flat().map((sku) => [sku.sku_id, sku])) };
}

interface SetLine {
  sku_id: string;
  qty: number;
  selected?: boolean;
}

/** Lines as they are wanted, at once on the page; what is tapped while an earlier change is on its way goes after it. */
function useSetting(whole: Reading<Whole>) {
  const [wanted, setWanted] = useState<Record<string, SetLine>>({});
  const [isBusy, setIsBusy] = useState(false);
  const waiting = useRef<Record<string, SetLine>>({});
  const isSending = useRef(false);
  const set = async (lines: SetLine[]) => {
    for (const line of lines) waiting.current[line.sku_id] = { ...waiting.current[line.sku_id], ...line };
    const asked = { ...waiting.current };
    setWanted((before) => ({ ...before, ...asked }));
    if (isSending.current) return;
    isSending.current = true;
    setIsBusy(true);
    try {
      while (Object.keys(waiting.current).length) {
        const sent = Object.values(waiting.current);
        waiting.current = {};
        await setLines(sent);
        const now = await wholeCart();
        if (!Object.keys(waiting.current).length) whole.set(now);
      }
    } catch (error) {
      waiting.current = {};
      toast(told(error));
      whole.again();
    }
    setWanted({});
    isSending.current = false;
    setIsBusy(false);
  };
  return { set, wanted, isBusy };
}

export default function Cart() {
  useLang();
  const { mall, customerId } = shopper.use();
  const whole = useReading(mall ? `cart ${customerId ?? ""}` : null, wholeCart);
  const { set, wanted, isBusy } = useSetting(whole);
  useDidShow(() => whole.data && whole.again());
  const cart = whole.data?.cart;
  const isEmpty = cart && !cart.lines.length && !cart.invalid.length;
  return (
    <Shell title={t("tab.cart")} tab="cart" foot={cart && !isEmpty ? <Bar cart={cart} set={set} isBusy={isBusy} /> : undefined} className="cart">
      {!cart ? (
        whole.error ? <Wrong error={whole.error} again={whole.again} /> : <Lines count={6} />
      ) : isEmpty ? (
        <Empty title={t("cart.empty")} hint={t("cart.empty.hint")} art="青瓷品茗杯">
          <Link to="list" className="button">
            {t("cart.go_shopping")}
          </Link>
        </Empty>
      ) : (
        <div className="two-columns">
          <div>
            <Old error={whole.error} again={whole.again} />
            <Hints cart={cart} />
            <section className="card lines">
              {cart.lines.map((item) => (
                <Line key={item.sku_id} item={{ ...item, ...wanted[item.sku_id] }} sku={whole.data?.skus.get(item.sku_id)} currency={cart.currency} set={set} />
              ))}
              {!cart.lines.length && <p className="faint">{t("cart.none_valid")}</p>}
            </section>
            <Invalid cart={cart} skus={whole.data?.skus} set={set} />
          </div>
          <aside className={`card summary wide ${isBusy ? "fading" : ""}`}>
            <h2>{t("totals.title")}</h2>
            {cart.quote ? <Totals quote={cart.quote} freightText={cart.freight_text ?? ""} /> : <p className="faint">{cart.problem || t("cart.select")}</p>}
            <CheckOut cart={cart} isSetting={isBusy} />
          </aside>
        </div>
      )}
    </Shell>
  );
}

function Hints({ cart }: { cart: CartView }) {
  if (!cart.hints?.length) return null;
  return (
    <section className="card hints">
      {cart.hints.map((hint) => (
        <p key={hint.promotion_id} className="hint">
          <span className="badge solid">{t("deal.hint")}</span>
          <span className="grow">{hint.text}</span>
          <Link to="list">{t("cart.more")}</Link>
        </p>
      ))}
    </section>
  );
}

function Line({ item, sku, currency, set }: { item: CartItem; sku?: ShownSku; currency: string; set: (lines: SetLine[]) => Promise<void> }) {
  const name = sku?.name ?? item.name;
  const reduced = item.amount_minor != null && item.unit_minor != null && item.amount_minor < item.unit_minor * item.qty;
  return (
    <div className="line">
      <button className={`tick ${item.selected ? "on" : ""}`} role="checkbox" aria-checked={item.selected} aria-label={t("cart.choose", { name })} onClick={() => void set([{ sku_id: item.sku_id, qty: item.qty, selected: !item.selected }])}>
        {item.selected && <Icon name="check" size={14} />}
      </button>
      <Link to="product" query={{ id: sku?.product_id, sku: item.sku_id }} className="thumb" label={name}>
        <Picture src={sku?.card?.picture ?? ""} name={name} />
      </Link>
      <div className="grow">
        <Link to="product" query={{ id: sku?.product_id, sku: item.sku_id }} className="line-name">
          {name}
        </Link>
        {sku && sku.choices.length > 0 && <small className="chosen">{sku.choices.join(" · ")}</small>}
        {item.notices?.map((notice) => (
          <small key={notice.notice} className={`notice ${notice.notice}`}>
            {notice.text}
          </small>
        ))}
        <div className="row">
          <Price minor={item.unit_minor ?? item.price_minor ?? sku?.card?.price_minor ?? 0} currency={currency} />
          {reduced && <small className="badge">{t("cart.after", { amount: money(item.amount_minor ?? 0, currency) })}</small>}
          <span className="grow" />
          <Qty qty={item.qty} most={item.available} set={(qty) => void set([{ sku_id: item.sku_id, qty }])} />
          <button className="plain faint" aria-label={t("cart.remove", { name })} onClick={() => void set([{ sku_id: item.sku_id, qty: 0 }])}>
            <Icon name="trash" size={18} />
          </button>
        </div>
      </div>
    </div>
  );
}

function Invalid({ cart, skus, set }: { cart: CartView; skus?: Map<string, ShownSku>; set: (lines: SetLine[]) => Promise<void> }) {
  if (!cart.invalid.length) return null;
  return (
    <section className="card lines invalid">
      <header className="row">
        <h3 className="grow">{t("cart.invalid", { n: cart.invalid.length })}</h3>
        <button className="plain small" onClick={() => void set(cart.invalid.map((item) => ({ sku_id: item.sku_id, qty: 0 })))}>
          {t("cart.clear_invalid")}
        </button>
      </header>
      {cart.invalid.map((item) => (
        <div key={item.sku_id} className="line">
          <span className="thumb">
            <Picture src={skus?.get(item.sku_id)?.card?.picture ?? ""} name={skus?.get(item.sku_id)?.name ?? item.name} />
          </span>
          <div className="grow">
            <span className="line-name">{skus?.get(item.sku_id)?.name ?? item.name}</span>
            {item.notices?.map((notice) => (
              <small key={notice.notice} className="notice gone">
                {notice.text}
              </small>
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}

/** What can't be bought stays in the cart, and out of the order: also where it was chosen while it still could be. */
async function leaveOut(items: readonly CartItem[]): Promise<void> {
  const lines = items.filter((item) => item.selected).map(({ sku_id, qty }) => ({ sku_id, qty, selected: false }));
  if (lines.length) await setLines(lines);
}

function CheckOut({ cart, isSetting }: { cart: CartView; isSetting: boolean }) {
  const [isBusy, setIsBusy] = useState(false);
  const onward = async () => {
    setIsBusy(true);
    try {
      await leaveOut(cart.invalid);
      go("checkout");
    } catch (error) {
      toast(told(error));
    }
    setIsBusy(false);
  };
  const chosen = cart.lines.filter((line) => line.selected).reduce((sum, line) => sum + line.qty, 0);
  return (
    <button className="button whole" disabled={!chosen || !cart.quote || isBusy || isSetting} onClick={() => void onward()}>
      {t("cart.check_out", { n: chosen })}
    </button>
  );
}

/** On phones: choose all, what it comes to and why, and on. */
function Bar({ cart, set, isBusy }: { cart: CartView; set: (lines: SetLine[]) => Promise<void>; isBusy: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const isAll = cart.lines.length > 0 && cart.lines.every((line) => line.selected);
  const all = () => void set(cart.lines.map((line) => ({ sku_id: line.sku_id, qty: line.qty, selected: !isAll })));
  const off = (cart.quote?.totals.off_minor ?? 0) + (cart.quote?.totals.freight_off_minor ?? 0);
  return (
    <div className="buy-bar phone">
      <button className={`tick ${isAll ? "on" : ""}`} role="checkbox" aria-checked={isAll} aria-label={t("cart.all")} onClick={all}>
        {isAll && <Icon name="check" size={14} />}
      </button>
      <span>{t("cart.all")}</span>
      <button className="plain grow right" disabled={!cart.quote} onClick={() => setIsOpen(true)}>
        <Price minor={cart.total_minor} currency={cart.currency} />
        <small className="faint">{off > 0 ? t("cart.saved", { amount: money(off, cart.currency) }) : t("deal.why")}</small>
      </button>
      <CheckOut cart={cart} isSetting={isBusy} />
      {isOpen && cart.quote && (
        <Sheet title={t("totals.title")} close={() => setIsOpen(false)}>
          <Totals quote={cart.quote} freightText={cart.freight_text ?? ""} />
        </Sheet>
      )}
    </div>
  );
}
