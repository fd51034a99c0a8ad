import { Space, Tag } from "antd";
import { Link } from "react-router";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { Money } from "../../ui/Money";

export type Request = Schema<"AfterSaleRequest">;
export const STATES: readonly Request["state"][] = ["asked", "approved", "done", "refused", "canceled"];
const COLOURS: Record<Request["state"], string> = { asked: "gold", approved: "blue", done: "green", refused: "red", canceled: "default" };
const GRANT = "aftersales.decide";

export function RequestState({ state }: { state: Request["state"] }) {
  const word = useWord();
  return <Tag color={COLOURS[state]}>{word("aftersale.state", state)}</Tag>;
}

/** What is asked for: pieces, the buyer's words and pictures, and what became of it. */
export function Asked({ request }: { request: Request }) {
  const say = useSay();
  const { answer, carrier, waybill, return_number: back, exchange_number: sends, exchange_order_id: by } = request;
  return (
    <div className="said">
      {request.lines?.map((line) => (
        <div key={line.line}>
          {line.title} × {line.qty}
        </div>
      ))}
      {request.words && <div className="soft">{request.words}</div>}
      {request.pictures.map((each) => (
        <a key={each} href={`/api/v1/media/${each}`} target="_blank" rel="noreferrer">
          <img src={`/api/v1/media/${each}`} alt="" className="said-picture" loading="lazy" />
        </a>
      ))}
      {waybill && <div className="soft">{say("aftersale.back", { carrier, waybill })}</div>}
      {by && sends && <Link to={`/orders/${by}`}>{say("aftersale.sends", { number: sends })}</Link>}
      {back && <div className="soft">{say("aftersale.return", { number: back })}</div>}
      {answer && <div className="soft">{say("aftersale.answer", { text: answer })}</div>}
    </div>
  );
}

export function Amount({ request }: { request: Request }) {
  return request.kind === "exchange" ? <>–</> : <Money minor={request.refund_minor ?? request.asked_minor} currency={request.currency} />;
}

/** What can be answered now. */
export function Answers({ request }: { request: Request }) {
  const say = useSay();
  const given = { request_id: request.id };
  return (
    <Space wrap>
      {request.state === "asked" && <ActionButton action="aftersales.approve" grant={GRANT} label={say("aftersale.approve")} given={given} button={{ size: "small", type: "primary" }} />}
      {request.state === "approved" && <ActionButton action="aftersales.receive" grant={GRANT} label={say("aftersale.receive")} given={given} button={{ size: "small", type: "primary" }} />}
      {(request.state === "asked" || request.state === "approved") && <ActionButton action="aftersales.refuse" grant={GRANT} label={say("aftersale.refuse")} given={given} button={{ size: "small", danger: true }} />}
    </Space>
  );
}
