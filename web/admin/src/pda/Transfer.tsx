import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, given, readPage, type Schema } from "../api/client";
import { useSay, type Key } from "../i18n";
import { useTell } from "./feedback";
import { Frame, Stepper, useSend, useTellWrong } from "./Frame";
import { findSku, type Sku } from "./goods";
import { useScans } from "./scanning";
import { useWarehouse } from "./warehouse";

const WAYS: [string, Key][] = [
  ["/move", "pda.move"],
  ["/ship", "pda.ship"],
  ["/send", "pda.send"],
  ["/arrive", "pda.arrive"],
];

/** From bin to bin, or to another warehouse, or from one. */
export function Transfers() {
  const say = useSay();
  const go = useNavigate();
  return (
    <Frame title={say("pda.transfer")}>
      {WAYS.map(([path, name]) => (
        <button key={path} type="button" className="pda-card" onClick={() => void go(path)}>
          <b>{say(name)}</b>
          <span>{say(`${name}.what` as Key)}</span>
        </button>
      ))}
    </Frame>
  );
}

/** What lies in a bin and can be taken, by its code. Raises where the bin is not there, or the network. */
async function lyingIn(warehouse: string, sku: Sku, bin: string): Promise<Schema<"InBin">[]> {
  const rows = await readPage<Schema<"InBin">>("/api/v1/warehouse/in-bins", { warehouse_id: warehouse, sku_id: sku.id }, null);
  return rows.items.filter((each) => each.code === bin && each.on_hand > each.held);
}

interface Taken {
  sku: Sku;
  bin: string;
  qty: number;
  most: number;
  lot: string;
  bucket: string;
}

/** The steps that both ways out of a bin begin with: the bin's label, then goods that lie there. */
function useTaking(): { bin: string; taken: Taken | null; take: (scanned: string) => Promise<boolean>; setTaken: (taken: Taken | null) => void; leaveBin: () => void } {
  const say = useSay();
  const tell = useTell();
  const wrong = useTellWrong();
  const queries = useQueryClient();
  const { id: warehouse } = useWarehouse();
  const [bin, setBin] = useState("");
  const [taken, setTaken] = useState<Taken | null>(null);
  const take = async (scanned: string): Promise<boolean> => {
    if (!bin) {
      setBin(scanned);
      tell("good", scanned);
      return true;
    }
    try {
      const sku = await findSku(queries, scanned);
      if (!sku) return false;
      if (taken?.sku.id === sku.id) {
        setTaken({ ...taken, qty: Math.min(taken.qty + 1, taken.most) });
        tell("good", `${sku.name} × ${Math.min(taken.qty + 1, taken.most)}`);
        return true;
      }
      const [there] = await lyingIn(warehouse, sku, bin);
      if (!there) {
        tell("bad", say("pda.not_in_bin", { name: sku.name, bin }));
        return true;
      }
      setTaken({ sku, bin, qty: 1, most: there.on_hand - there.held, lot: there.lot, bucket: there.bucket });
      tell("good", sku.name);
    } catch (error) {
      wrong(error);
    }
    return true;
  };
  return { bin, taken, take, setTaken, leaveBin: () => setBin("") };
}

function TakenCard({ taken, onChange }: { taken: Taken; onChange: (taken: Taken) => void }) {
  const say = useSay();
  return (
    <section className="pda-stop here">
      <div className="pda-bin">{taken.bin}</div>
      <div className="pda-name">{taken.sku.name}</div>
      <div className="pda-soft">
        {taken.sku.code} {taken.lot} · {say("pda.there", { n: taken.most })}
      </div>
      <Stepper label={say("order.qty")} value={taken.qty} max={taken.most} onChange={(qty) => onChange({ ...taken, qty })} />
    </section>
  );
}

/** From bin to bin. */
export function Move() {
  const say = useSay();
  const send = useSend();
  const { id: warehouse } = useWarehouse();
  const { bin, taken, take, setTaken, leaveBin } = useTaking();
  const scan = useScans(async (scanned) => {
    if (!taken || scanned === taken.sku.code) return void (await take(scanned));
    const known = taken.sku.barcodes.some((each) => each.text === scanned);
    if (known) return void (await take(scanned));
    const { sku, qty, lot, bucket, bin: origin } = taken;
    const line = { sku_id: sku.id, qty, origin, to: scanned, bucket, ...(lot ? { lot } : {}) };
    const outcome = await send("warehouse.move_bins", { warehouse_id: warehouse, lines: [line] }, `${sku.name} × ${qty}: ${origin} → ${scanned}`);
    if (outcome.kind === "refused") return;
    setTaken(null);
    leaveBin();
  });
  return (
    <Frame title={say("pda.move")} back="/transfer" asks={taken ? say("pda.move.to") : bin ? say("pda.scan_goods") : say("pda.move.from")} onScan={scan}>
      {bin && !taken && <div className="pda-bin">{bin}</div>}
      {taken && <TakenCard taken={taken} onChange={setTaken} />}
      {!bin && <p className="pda-empty">{say("pda.move.begin")}</p>}
    </Frame>
  );
}

/** Out of bins, to another warehouse: line by line, then all at once. */
export function Send() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const go = useNavigate();
  const here = useWarehouse();
  const [to, setTo] = useState("");
  const [reference, setReference] = useState("");
  const [lines, setLines] = useState<Taken[]>([]);
  const { bin, taken, take, setTaken, leaveBin } = useTaking();
  const warehouses = useQuery({ queryKey: ["warehouses"], queryFn: () => given(api.GET("/api/v1/warehouses")), staleTime: 600_000 });
  const others = (warehouses.data ?? []).filter((each) => each.id !== here.id && each.company_id === here.company_id);
  const scan = useScans(async (scanned) => {
    if (await take(scanned)) return;
    if (!taken) return tell("bad", say("pda.unknown", { scanned }));
    add();
    await take(scanned);
  });
  const add = () => {
    if (taken) setLines([...lines, taken]);
    setTaken(null);
    leaveBin();
  };
  const all = taken ? [...lines, taken] : lines;
  const pieces = all.reduce((sum, each) => sum + each.qty, 0);
  const ship = async () => {
    const input = {
      from_warehouse_id: here.id,
      to_warehouse_id: to,
      reference: reference || say("pda.send.reference"),
      lines: all.map((each) => ({ sku_id: each.sku.id, qty: each.qty, bin: each.bin, ...(each.lot ? { lot: each.lot } : {}) })),
    };
    const outcome = await send("warehouse.send_from_bins", input, say("pda.send.done", { n: pieces }));
    if (outcome.kind !== "refused") void go("/transfer");
  };
  return (
    <Frame
      title={say("pda.send")}
      back="/transfer"
      asks={bin ? say("pda.scan_goods") : say("pda.move.from")}
      onScan={scan}
      foot={
        <div className="pda-row">
          {taken && (
            <button type="button" className="pda-button quiet" onClick={add}>
              {say("pda.send.add")}
            </button>
          )}
          <button type="button" className="pda-button" disabled={!to || all.length === 0} onClick={() => void ship()}>
            {say("pda.send.go", { n: pieces })}
          </button>
        </div>
      }
    >
      <div className="pda-choices">
        {others.map((each) => (
          <button key={each.id} type="button" className={each.id === to ? "chosen" : ""} onClick={() => setTo(each.id)}>
            {each.name}
          </button>
        ))}
      </div>
      <label className="pda-field">
        {say("pda.send.paper")}
        <input value={reference} maxLength={100} onChange={(event) => setReference(event.target.value)} />
      </label>
      {bin && !taken && <div className="pda-bin">{bin}</div>}
      {taken && <TakenCard taken={taken} onChange={setTaken} />}
      {lines.map((each, n) => (
        <div key={n} className="pda-line-item full">
          <span>
            <b>{each.sku.name}</b>
            <i>{each.bin}</i>
          </span>
          <em>{each.qty}</em>
        </div>
      ))}
    </Frame>
  );
}

/** What is under way to here: choose it, scan the bin that it stands in. */
export function Arrive() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const queries = useQueryClient();
  const { id: warehouse } = useWarehouse();
  const [chosen, choose] = useState<Schema<"TransferUnderWay"> | null>(null);
  const [isPlain, setPlain] = useState(false);
  const list = useQuery({
    queryKey: ["transfers", warehouse],
    queryFn: () => readPage<Schema<"TransferUnderWay">>("/api/v1/inventory/transfers", { warehouse_id: warehouse }, null),
    refetchInterval: 15_000,
  });
  const rows = list.data?.items ?? [];
  const over = async () => {
    choose(null);
    setPlain(false);
    await queries.invalidateQueries({ queryKey: ["transfers"] });
  };
  const scan = useScans(async (scanned) => {
    const meant = rows.find((each) => each.number === scanned);
    if (meant) {
      choose(meant);
      return tell("good", meant.number);
    }
    if (!chosen) return tell("bad", say("pda.arrive.unknown", { scanned }));
    const outcome = await send("warehouse.arrive_in_bin", { document_id: chosen.id, bin: scanned }, say("pda.arrive.done", { n: chosen.pieces, bin: scanned }));
    if (outcome.kind !== "refused") return over();
    setPlain(outcome.problem.code === "warehouse.NotSentFromBins");
  });
  const plainly = async () => {
    if (!chosen) return;
    const outcome = await send("inventory.arrive_transfer", { document_id: chosen.id }, say("pda.arrive.plain_done", { n: chosen.pieces }));
    if (outcome.kind !== "refused") await over();
  };
  return (
    <Frame title={say("pda.arrive")} back="/transfer" asks={chosen ? say("pda.scan_bin") : say("pda.arrive.scan")} onScan={scan}>
      {list.data && rows.length === 0 && <p className="pda-empty">{say("pda.arrive.none")}</p>}
      {rows.map((each) => (
        <button key={each.id} type="button" className={each.id === chosen?.id ? "pda-card chosen" : "pda-card"} onClick={() => choose(each)}>
          <b>{each.number}</b>
          <span>
            {each.reference} · {say("pda.arrive.pieces", { n: each.pieces })}
          </span>
        </button>
      ))}
      {isPlain && (
        <button type="button" className="pda-button" onClick={() => void plainly()}>
          {say("pda.arrive.plain")}
        </button>
      )}
    </Frame>
  );
}

/** Transfers that pickers fetch: what is picked leaves from here, by its number or by a touch. */
export function Ship() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const queries = useQueryClient();
  const { id: warehouse } = useWarehouse();
  const [short, setShort] = useState<Schema<"Requested"> | null>(null);
  const key = ["transfers-picked", warehouse];
  const list = useQuery({
    queryKey: key,
    queryFn: () => readPage<Schema<"Requested">>("/api/v1/warehouse/requests", { warehouse, transfers: "true", limit: "200" }, null),
    refetchInterval: 5_000,
  });
  const rows = (list.data?.items ?? []).filter((each) => each.state === "waved" || each.state === "picked");
  const ship = async (one: Schema<"Requested">, isShort = false) => {
    const outcome = await send("warehouse.ship_transfer", { number: one.number, short: isShort }, say("pda.ship.done", { number: one.number }));
    const problem = outcome.kind === "refused" ? outcome.problem : null;
    const isPart = problem?.code === "warehouse.TransferNotPicked" && Number(problem.data?.picked) > 0;
    setShort(isPart ? one : null);
    await queries.invalidateQueries({ queryKey: key });
  };
  const scan = useScans(async (scanned) => {
    const meant = rows.find((each) => each.number === scanned);
    if (!meant) return tell("bad", say("pda.ship.unknown", { scanned }));
    await ship(meant);
  });
  return (
    <Frame
      title={say("pda.ship")}
      back="/transfer"
      asks={say("pda.ship.scan")}
      onScan={scan}
      foot={
        short && (
          <button type="button" className="pda-button" onClick={() => void ship(short, true)}>
            {say("pda.ship.short", { number: short.number })}
          </button>
        )
      }
    >
      {list.data && rows.length === 0 && <p className="pda-empty">{say("pda.ship.none")}</p>}
      {rows.map((each) => (
        <button key={each.doc} type="button" className="pda-card" onClick={() => void ship(each)}>
          <b>{each.number}</b>
          <span>
            {each.reference} · {say("pda.arrive.pieces", { n: each.pieces })}
          </span>
          <span className="pda-soft">
            {each.state === "picked" ? say("pda.ship.ready") : say("pda.ship.picking")}
            {each.short > 0 && ` · ${say("pda.ship.lacks", { n: each.short })}`}
          </span>
        </button>
      ))}
    </Frame>
  );
}
