import Taro from "@tarojs/taro";
import { useState } from "react";
import { act, type Answer } from "@/api/client";
import { useOnce } from "@/api/once";
import type { ShownSku } from "@/api/shapes";
import { Field } from "@/features/AddressForm";
import { useSkus } from "@/features/skus";
import { moment, money, t } from "@/i18n";
import { told as said } from "@/i18n/errors";
import { toast } from "@/shopper";
import { pictureOf } from "@/ui/parts";

export type OwnRequest = Answer<"/api/v1/customer/aftersales">["items"][number];

const choicesOf = (sku: ShownSku | undefined): string => sku?.choices.join(" · ") || (sku?.name ?? "");

interface Props {
  request: OwnRequest;
  /** Of the order: by it whoever holds it acts, also a guest. Without one, the member who is signed in. */
  link?: string;
  again: () => void;
}

/** A request: how far it is, what the shop says, where the goods go, and taking it back. */
export function Request({ request, link, again }: Props) {
  const [isBusy, setIsBusy] = useState(false);
  const once = useOnce();
  const lines = request.lines ?? [];
  const { skuOf, nameOf } = useSkus(lines.flatMap((line) => [line, { ...line, sku_id: line.to_sku_id }]));
  const isOpen = request.state === "asked" || request.state === "approved";
  const sends = request.refund_minor ?? request.asked_minor;
  const cancel = async () => {
    const asked = await Taro.showModal({ title: t("aftersale.cancel"), content: t("aftersale.cancel.sure"), cancelText: t("order.no"), confirmText: t("order.yes") });
    if (!asked.confirm) return;
    setIsBusy(true);
    try {
      const given = { request_id: request.id };
      await once([given, link], (key) => (link ? act("aftersales.cancel_by_link", { link, ...given }, key) : act("aftersales.cancel", given, key)));
      toast(t("aftersale.canceled"), true);
    } catch (error) {
      toast(said(error));
    }
    setIsBusy(false);
    again();
  };
  return (
    <section className="card aftersale">
      <header className="row">
        <h3 className="grow">
          {t(`aftersale.kind.${request.kind}`)} <small className="faint">{request.number}</small>
        </h3>
        <b className={`stage ${request.state}`}>{t(`aftersale.state.${request.state}`)}</b>
      </header>
      <p className="faint">
        {moment(request.asked_at)} · {t(`aftersale.reason.${request.reason}`)}
      </p>
      {lines.map((line) => (
        <p key={line.line} className="row">
          <span className="grow">{nameOf(line)}</span>
          {line.to_sku_id && <span>{t("aftersale.swap.to", { name: choicesOf(skuOf({ ...line, sku_id: line.to_sku_id })) })}</span>}
          <span className="faint">× {line.qty}</span>
        </p>
      ))}
      {request.words && <p className="prose">{request.words}</p>}
      {request.pictures.length > 0 && (
        <div className="thumbs">
          {request.pictures.map((each) => (
            <img key={each} className="picture" src={pictureOf(each)} alt="" loading="lazy" />
          ))}
        </div>
      )}
      {request.kind !== "exchange" && request.state !== "refused" && request.state !== "canceled" && (
        <p>{t(request.state === "done" ? "aftersale.refunded" : "aftersale.expected", { amount: money(sends, request.currency) })}</p>
      )}
      {request.exchange_number && isOpen && <p>{t("aftersale.exchange", { number: request.exchange_number })}</p>}
      {request.answer && <p className="reply">{t("aftersale.answer", { text: request.answer })}</p>}
      {request.state === "approved" && <SendBack request={request} link={link} again={again} />}
      {isOpen && (
        <button className="button quiet small" disabled={isBusy} onClick={() => void cancel()}>
          {t("aftersale.cancel")}
        </button>
      )}
    </section>
  );
}

function SendBack({ request, link, again }: Props) {
  const [carrier, setCarrier] = useState(request.carrier);
  const [waybill, setWaybill] = useState(request.waybill);
  const [wrong, setWrong] = useState("");
  const once = useOnce();
  const save = async () => {
    try {
      const told = { request_id: request.id, carrier: carrier.trim(), waybill: waybill.trim() };
      await once([told, link], (key) => (link ? act("aftersales.send_back_by_link", { link, ...told }, key) : act("aftersales.send_back", told, key)));
      setWrong("");
      again();
    } catch (error) {
      setWrong(said(error));
    }
  };
  return (
    <div className="form">
      {request.send_to && <p>{t("aftersale.send_to", { text: request.send_to })}</p>}
      {request.waybill && <p className="faint">{t("aftersale.sent_back", { carrier: request.carrier, waybill: request.waybill })}</p>}
      <div className="pair">
        <Field label={t("aftersale.carrier")} value={carrier} set={setCarrier} />
        <Field label={t("aftersale.waybill")} value={waybill} set={setWaybill} wrong={wrong} />
      </div>
      <button className="button small" disabled={!carrier.trim() || waybill.trim().length < 4} onClick={() => void save()}>
        {t("aftersale.send_back")}
      </button>
    </div>
  );
}
