import Taro from "@tarojs/taro";
import { useState } from "react";
import { act } from "@/api/client";
import { useOnce } from "@/api/once";
import type { FoundOrder } from "@/api/shapes";
import { useSkus } from "@/features/skus";
import { t } from "@/i18n";
import { told } from "@/i18n/errors";
import { copy, wholeAddress } from "@/sharing";
import { shopper, toast } from "@/shopper";
import { Link } from "@/ui/Link";
import { Qty, Sheet } from "@/ui/parts";
import { isWaiting } from "./waiting";

const DOINGS = { cancel: "checkout.cancel_order", confirm: "checkout.confirm_receipt", urge: "checkout.urge" } as const;
type Doing = keyof typeof DOINGS;

/** What can be done about an order now; a second tap is the same request. */
export function Doings({ order, again }: { order: FoundOrder; again: () => void }) {
  const { customerId } = shopper.use();
  const [isBusy, setIsBusy] = useState(false);
  const [isChoosing, setIsChoosing] = useState(false);
  const once = useOnce();
  const carryOut = async (what: Doing) => {
    setIsBusy(true);
    try {
      await once([what, order.link], (key) => act(DOINGS[what], { link: order.link }, key));
      if (what === "urge") toast(t("order.urge.done"), true);
    } catch (error) {
      toast(told(error));
    }
    setIsBusy(false);
    again();
  };
  const sure = async (what: "cancel" | "confirm") => {
    const asked = await Taro.showModal({ title: t(`order.${what}`), content: t(`order.${what}.sure`), cancelText: t("order.no"), confirmText: t("order.yes") });
    if (asked.confirm) await carryOut(what);
  };
  const isPaid = order.payment_status === "paid";
  const canSplit = order.status === "placed" && isPaid && order.lines.filter((line) => line.sku_id).reduce((sum, line) => sum + line.left_qty, 0) > 1;
  const isSent = order.status === "shipped" || order.status === "signed" || order.status === "part_shipped";
  return (
    <div className="row doings">
      {isWaiting(order) && (
        <button className="button quiet small" onClick={() => void copy(wholeAddress("friend", { link: order.pay_link }), t("order.friend.copied"))}>
          {t("order.friend")}
        </button>
      )}
      {order.status === "placed" && (
        <button className="button quiet small" disabled={isBusy} onClick={() => void sure("cancel")}>
          {t("order.cancel")}
        </button>
      )}
      {canSplit && (
        <button className="button quiet small" onClick={() => setIsChoosing(true)}>
          {t("order.cancel_part")}
        </button>
      )}
      {isPaid && (order.status === "placed" || order.status === "part_shipped") && (
        <button className="button quiet small" disabled={isBusy || order.is_urged} onClick={() => void carryOut("urge")}>
          {t(order.is_urged ? "order.urged" : "order.urge")}
        </button>
      )}
      {order.status === "shipped" && (
        <button className="button" disabled={isBusy} onClick={() => void sure("confirm")}>
          {t("order.confirm")}
        </button>
      )}
      {isSent && customerId && (
        <Link to="review" query={{ link: order.link }} className="button quiet small">
          {t("order.review")}
        </Link>
      )}
      {isSent && (
        <Link to="aftersale" query={{ link: order.link }} className="button quiet small">
          {t("order.after_sale")}
        </Link>
      )}
      {isChoosing && (
        <CancelPart
          order={order}
          close={() => {
            setIsChoosing(false);
            again();
          }}
        />
      )}
    </div>
  );
}

function CancelPart({ order, close }: { order: FoundOrder; close: () => void }) {
  const [chosen, setChosen] = useState<Record<number, number>>({});
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const { nameOf } = useSkus(order.lines);
  const wanted = Object.entries(chosen).flatMap(([line, qty]) => (qty > 0 ? [{ line: Number(line), qty }] : []));
  const count = wanted.reduce((sum, each) => sum + each.qty, 0);
  const send = async () => {
    setIsBusy(true);
    try {
      await once(wanted, (key) => act("checkout.cancel_part_of_order", { link: order.link, lines: wanted }, key));
      toast(t("order.cancel_part.done"), true);
      close();
    } catch (error) {
      toast(told(error));
      setIsBusy(false);
    }
  };
  return (
    <Sheet title={t("order.cancel_part")} close={close}>
      <p className="faint">{t("order.cancel_part.hint")}</p>
      {order.lines
        .filter((line) => line.sku_id && line.left_qty > 0)
        .map((line) => (
          <div key={line.line} className="row item">
            <span className="grow left">{nameOf(line)}</span>
            <Qty qty={chosen[line.line] ?? 0} least={0} most={line.left_qty} set={(qty) => setChosen((before) => ({ ...before, [line.line]: qty }))} />
          </div>
        ))}
      <button className="button whole" disabled={!count || isBusy} onClick={() => void send()}>
        {t("order.cancel_part.go", { n: count })}
      </button>
    </Sheet>
  );
}
