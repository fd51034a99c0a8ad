import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { readPage, type Schema } from "../api/client";
import { newKey } from "../api/keys";
import { useSay } from "../i18n";
import { useTell } from "./feedback";
import { Frame, Stepper, useSend } from "./Frame";
import { isOf, skuQuery } from "./goods";
import { useScans } from "./scanning";
import { useWarehouse } from "./warehouse";

type Notice = Schema<"ReceiptNotice">;
type Received = Schema<"ReceivedLine">;

function useNotices() {
  const { id: warehouse } = useWarehouse();
  return useQuery({
    queryKey: ["notices", warehouse],
    queryFn: () => readPage<Notice>("/api/v1/warehouse/notices", { warehouse_id: warehouse, status: "open" }, null),
    refetchInterval: 15_000,
  });
}

/** What is to arrive. */
export function Receipts() {
  const say = useSay();
  const go = useNavigate();
  const list = useNotices();
  const notices = list.data?.items ?? [];
  return (
    <Frame title={say("pda.receive")}>
      {list.data && notices.length === 0 && <p className="pda-empty">{say("pda.receive.none")}</p>}
      {notices.map((each) => (
        <button key={each.id} type="button" className="pda-card" onClick={() => void go(`/receive/${each.id}`)}>
          <b>{each.reference}</b>
          <span>{say("pda.receive.of", { received: sum(each, "received"), expected: sum(each, "expected") })}</span>
          <span className="pda-soft">
            {each.number}
            {each.expected_on && ` · ${each.expected_on}`}
          </span>
        </button>
      ))}
    </Frame>
  );
}

const linesOf = (notice: Notice | undefined) => (notice?.lines ?? []).map((line) => ({ ...line, received: line.received ?? 0 }));
const sum = (notice: Notice, of: "received" | "expected"): number => linesOf(notice).reduce((all, line) => all + line[of], 0);

/** One delivery: scan goods, say how many, and book all of it at once. */
export function Receive() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const go = useNavigate();
  const queries = useQueryClient();
  const { id = "" } = useParams();
  const [slip] = useState(() => `PDA-${newKey().slice(0, 12)}`);
  const [got, setGot] = useState<Received[]>([]);
  const [open, setOpen] = useState<Received | null>(null);
  const [bin, setBin] = useState("");
  const [isOver, setOver] = useState(false);
  const notice = useNotices().data?.items.find((each) => each.id === id);
  const awaited = linesOf(notice);
  const skus = useQueries({ queries: awaited.map((line) => skuQuery(line.sku_id)) });
  const skuOf = (line: number) => skus.find((one) => one.data?.id === awaited.find((each) => each.line === line)?.sku_id)?.data;
  const so_far = (line: number) => got.filter((each) => each.line === line).reduce((all, each) => all + each.qty, 0);
  const keep = () => {
    if (open) setGot([...got, open]);
    setOpen(null);
    setOver(false);
  };
  const scan = useScans((scanned) => {
    const meant = awaited.find((line) => {
      const sku = skuOf(line.line);
      return sku && isOf(sku, scanned);
    });
    if (meant) {
      if (open?.line === meant.line) setOpen({ ...open, qty: open.qty + 1 });
      else {
        keep();
        setOpen({ line: meant.line, qty: 1, bucket: "sellable", lot: "", made_on: null, expires_on: null });
      }
      return tell("good", skuOf(meant.line)?.name ?? scanned);
    }
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(scanned) && !/^\d{8,14}$/.test(scanned) && got.length + Number(open !== null) > 0) {
      setBin(scanned);
      return tell("good", say("pda.receive.into", { bin: scanned }));
    }
    return tell("bad", say("pda.receive.not_on_it", { scanned }));
  });
  const book = async () => {
    const lines = (open ? [...got, open] : got).map(({ lot, made_on, expires_on, ...line }) => ({ ...line, ...(lot ? { lot } : {}), ...(made_on ? { made_on } : {}), ...(expires_on ? { expires_on } : {}) }));
    const input = { notice_id: id, slip, lines, ...(bin ? { bin } : {}), ...(isOver ? { accept_over: true } : {}) };
    const pieces = lines.reduce((all, line) => all + line.qty, 0);
    const outcome = await send("warehouse.receive_notice", input, say("pda.receive.booked", { n: pieces, reference: notice?.reference ?? "" }));
    if (outcome.kind === "refused") return setOver(outcome.problem.code === "warehouse.OverDelivered");
    await queries.invalidateQueries({ queryKey: ["notices"] });
    void go("/receive");
  };
  const count = got.length + Number(open !== null);
  return (
    <Frame
      title={notice?.reference ?? say("pda.receive")}
      back="/receive"
      asks={count ? say("pda.receive.scan_more") : say("pda.scan_goods")}
      onScan={scan}
      foot={
        count > 0 && (
          <button type="button" className={isOver ? "pda-button danger" : "pda-button"} onClick={() => void book()}>
            {isOver ? say("pda.receive.over") : say("pda.receive.book", { n: (open?.qty ?? 0) + got.reduce((all, each) => all + each.qty, 0) })}
            {bin && ` → ${bin}`}
          </button>
        )
      }
    >
      {open && (
        <section className="pda-stop here">
          <div className="pda-name">{skuOf(open.line)?.name}</div>
          <Stepper label={say("order.qty")} value={open.qty} onChange={(qty) => setOpen({ ...open, qty })} />
          <div className="pda-fields">
            <label className="pda-field">
              {say("floor.lot")}
              <input value={open.lot} maxLength={64} onChange={(event) => setOpen({ ...open, lot: event.target.value })} />
            </label>
            <label className="pda-field">
              {say("floor.expires")}
              <input type="date" value={open.expires_on ?? ""} onChange={(event) => setOpen({ ...open, expires_on: event.target.value || null })} />
            </label>
          </div>
          <label className="pda-check">
            <input type="checkbox" checked={open.bucket === "defective"} onChange={(event) => setOpen({ ...open, bucket: event.target.checked ? "defective" : "sellable" })} />
            {say("bucket.defective")}
          </label>
        </section>
      )}
      {awaited.map((line) => (
        <div key={line.line} className={line.received + so_far(line.line) >= line.expected ? "pda-line-item full" : "pda-line-item"}>
          <span>
            <b>{skuOf(line.line)?.name ?? "…"}</b>
            <i>{skuOf(line.line)?.code}</i>
          </span>
          <em>
            {line.received + so_far(line.line) + (open?.line === line.line ? open.qty : 0)}/{line.expected}
          </em>
        </div>
      ))}
    </Frame>
  );
}
