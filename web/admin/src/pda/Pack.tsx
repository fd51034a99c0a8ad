import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, given, Refused, type Schema } from "../api/client";
import { useGrant } from "../app/session";
import { useSay } from "../i18n";
import { useHush, useTell } from "./feedback";
import { Frame, Stepper, useSend, useTellWrong } from "./Frame";
import { isOf, resultOf, skuQuery } from "./goods";
import { outbox } from "./outbox";
import { useScans } from "./scanning";
import { useWarehouse } from "./warehouse";

type Packing = Schema<"Packing">;
type Parcel = Schema<"PackedParcel">;

const STOPS = ["warehouse.RequestStopped", "warehouse.RequestChanged"];

/** The check before a parcel is closed: every piece by scan; a wrong one is refused, a stopped order stops the packer. */
export function Pack() {
  const say = useSay();
  const tell = useTell();
  const hush = useHush();
  const send = useSend();
  const wrong = useTellWrong();
  const [packing, setPacking] = useState<Packing | null>(null);
  const [parcel, setParcel] = useState<Parcel | null>(null);
  const [stopped, setStopped] = useState("");
  const known = useQueries({ queries: (packing?.lines ?? []).map((line) => skuQuery(line.sku_id)) });

  const open = async (number: string) => {
    try {
      const found = await given(api.GET("/api/v1/warehouse/packing", { params: { query: { number } } }));
      setPacking(found);
      if (found.state === "stopped") setStopped(say("pda.pack.stopped", { number }));
      tell(found.state === "stopped" ? "bad" : "good", found.number);
    } catch (error) {
      wrong(error);
    }
  };
  const check = async (barcode: string) => {
    if (!packing) return;
    const meant = packing.lines.find((line) => {
      const sku = known.find((one) => one.data?.id === line.sku_id)?.data;
      return sku ? isOf(sku, barcode) : line.sku === barcode;
    });
    const missing = packing.lines.filter((line) => line.checked < line.qty);
    if (outbox.isAway && (!meant || meant.checked >= meant.qty))
      return tell("bad", say("pda.wrong_goods", { scanned: barcode }), say("pda.expected", { it: missing.map((line) => line.sku).join(", ") }));
    const outcome = await send("warehouse.pack_scan", { number: packing.number, barcode, qty: 1, revision: packing.revision }, `${meant?.name ?? barcode} → ${packing.number}`, (result) => {
      const { done, lines } = result as Packing;
      const line = lines.find((one) => one.sku_id === meant?.sku_id);
      return done ? [say("pda.pack.all")] : [`${line?.name ?? barcode} ${line?.checked ?? ""}/${line?.qty ?? ""}`];
    });
    const told = resultOf<Packing>(outcome);
    if (told) setPacking(told);
    else if (outcome.kind === "refused" && STOPS.includes(outcome.problem.code)) setStopped(outcome.problem.message);
    else if (outcome.kind === "queued" && meant) {
      const lines = packing.lines.map((line) => (line === meant ? { ...line, checked: line.checked + 1 } : line));
      setPacking({ ...packing, lines, done: lines.every((line) => line.checked >= line.qty) });
    }
  };
  const scan = useScans((text) => {
    if (parcel) return; // it is for the scales
    if (stopped) return tell("bad", stopped);
    return packing && !packing.done && packing.state === "picked" ? check(text) : open(text);
  });
  const next = () => {
    setPacking(null);
    setParcel(null);
    setStopped("");
    hush();
  };
  if (stopped) {
    return (
      <div className="pda-stopped" role="alert">
        <b>{say("pda.stop")}</b>
        <p>{stopped}</p>
        <button type="button" className="pda-button" onClick={next}>
          {say("pda.pack.set_aside")}
        </button>
      </div>
    );
  }
  if (parcel) return <Weighing key={onScales(parcel).number} parcel={parcel} onChange={setParcel} onNext={next} />;
  return (
    <Frame
      title={packing?.number ?? say("pda.pack")}
      back={packing ? next : "/"}
      asks={packing?.state === "picked" && !packing.done ? say("pda.scan_goods") : say("pda.pack.scan_number")}
      onScan={scan}
    >
      {packing ? (
        <>
          {packing.state !== "picked" && <p className="pda-empty">{say("pda.pack.state", { state: say(STATES[packing.state] ?? "pda.pack.waiting") })}</p>}
          {packing.lines.map((line) => (
            <div key={line.sku_id} className={line.checked >= line.qty ? "pda-line-item full" : "pda-line-item"}>
              <span>
                <b>{line.name}</b>
                <i>{line.sku}</i>
              </span>
              <em>
                {line.checked}/{line.qty}
              </em>
            </div>
          ))}
          {packing.done && packing.state === "picked" && <Closing packing={packing} onClosed={setParcel} onQueued={next} />}
        </>
      ) : (
        <p className="pda-empty">{say("pda.pack.begin")}</p>
      )}
    </Frame>
  );
}

const STATES: Record<string, "pda.pack.waiting" | "pda.pack.packed" | "pda.pack.gone"> = {
  waiting: "pda.pack.waiting",
  waved: "pda.pack.waiting",
  packed: "pda.pack.packed",
  handed_over: "pda.pack.gone",
  left: "pda.pack.gone",
};

/** Which carton, and done. The smallest that takes all of it is proposed. */
function Closing({ packing, onClosed, onQueued }: { packing: Packing; onClosed: (parcel: Parcel) => void; onQueued: () => void }) {
  const say = useSay();
  const send = useSend();
  const { id: warehouse } = useWarehouse();
  const [chosen, choose] = useState<string>();
  const cartons = useQuery({ queryKey: ["cartons", warehouse], queryFn: () => given(api.GET("/api/v1/warehouse/cartons", { params: { query: { warehouse_id: warehouse } } })), staleTime: 600_000 });
  const advice = useQuery({
    queryKey: ["carton-advice", packing.number, packing.revision],
    queryFn: () => given(api.GET("/api/v1/warehouse/carton-advice", { params: { query: { number: packing.number } } })),
    retry: (count, error) => !(error instanceof Refused) && count < 2,
  });
  const advised = advice.data?.choice.cartons[0]?.carton.code;
  const carton = chosen ?? advised ?? "";
  const close = async () => {
    const outcome = await send("warehouse.finish_pack", { number: packing.number, revision: packing.revision, carton }, say("pda.pack.closed", { number: packing.number }));
    if (outcome.kind === "queued") onQueued();
    const parcel = resultOf<Parcel>(outcome);
    if (parcel) onClosed(parcel);
  };
  return (
    <>
      <div className="pda-choices">
        {(cartons.data ?? []).map((each) => (
          <button key={each.code} type="button" className={each.code === carton ? "chosen" : ""} onClick={() => choose(each.code)}>
            {each.code}
            {each.code === advised && <i>{say("pda.pack.advised")}</i>}
          </button>
        ))}
      </div>
      <button type="button" className="pda-button" onClick={() => void close()}>
        {say("pda.pack.close")}
      </button>
    </>
  );
}

/** The parcel of a unit that is weighed next: the first one whose weight is not known. */
function onScales(parcel: Parcel): { number: string; carrier: string; waybill: string } {
  return [parcel, ...(parcel.boxes ?? [])].find((each) => each.weight_g === null) ?? parcel;
}

/**
 * What the scales say; a scale that types ends with Enter as a scanner does. What does not go into one carton goes into
 * further parcels, each weighed by itself; their numbers are given by the server, so that takes a network.
 */
function Weighing({ parcel, onChange, onNext }: { parcel: Parcel; onChange: (parcel: Parcel) => void; onNext: () => void }) {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const mayAccept = useGrant("warehouse.accept_weight");
  const boxes = parcel.boxes ?? [];
  const scale = onScales(parcel);
  const [grams, setGrams] = useState(boxes.length > 0 ? 1 : parcel.expected_g || 1);
  const [isOff, setOff] = useState(false);
  const [reason, setReason] = useState("");
  const weigh = async (weight_g: number) => {
    if (!weight_g) return tell("bad", say("pda.weigh.number"));
    const outcome = await send("warehouse.weigh", { scanned: scale.number, weight_g, ...(reason ? { accept_reason: reason } : {}) }, `${scale.number} · ${weight_g} g`);
    if (outcome.kind === "refused") return setOff(outcome.problem.code === "warehouse.WeightOff");
    const weighed = resultOf<Parcel>(outcome) ?? noted(parcel, scale.number, weight_g);
    if ([weighed, ...(weighed.boxes ?? [])].some((each) => each.weight_g === null)) onChange(weighed);
    else onNext();
  };
  const change = async (action: "warehouse.add_box" | "warehouse.remove_box", number: string, label: string) => {
    if (outbox.isAway) return tell("bad", say("pda.pack.box_needs_network"));
    const outcome = await send(action, action === "warehouse.add_box" ? { number } : { scanned: number }, label);
    const changed = resultOf<Parcel>(outcome);
    if (changed) onChange(changed);
  };
  const scan = useScans((text) => weigh(Number.parseInt(text, 10)));
  return (
    <Frame title={scale.number} back={onNext} asks={say("pda.weigh.scale")} onScan={scan}>
      <section className="pda-stop here">
        <div className="pda-name">
          {scale.carrier} {scale.waybill}
        </div>
        <div className="pda-soft">{say("pda.weigh.expected", { g: parcel.expected_g })}</div>
      </section>
      {boxes.map((box) => (
        <div key={box.number} className={box.weight_g === null ? "pda-line-item" : "pda-line-item full"}>
          <span>
            <b>{box.number}</b>
            <i>{box.waybill}</i>
          </span>
          <button type="button" className="pda-button quiet" onClick={() => void change("warehouse.remove_box", box.number, `${say("pda.pack.remove_box")} ${box.number}`)}>
            {say("pda.pack.remove_box")}
          </button>
        </div>
      ))}
      <Stepper label={say("pda.weigh.grams")} value={grams} max={1_000_000} onChange={setGrams} />
      {isOff && mayAccept && (
        <label className="pda-field">
          {say("pda.weigh.reason")}
          <input value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />
        </label>
      )}
      <button type="button" className="pda-button" onClick={() => void weigh(grams)}>
        {say("pda.weigh")}
      </button>
      <button type="button" className="pda-button quiet" onClick={() => void change("warehouse.add_box", parcel.number, `${say("pda.pack.add_box")} ${parcel.number}`)}>
        {say("pda.pack.add_box")}
      </button>
      <button type="button" className="pda-button quiet" onClick={onNext}>
        {say("pda.pack.next")}
      </button>
    </Frame>
  );
}

/** A parcel as it is once a weight is there that has still to be sent. */
function noted(parcel: Parcel, number: string, weight_g: number): Parcel {
  if (parcel.number === number) return { ...parcel, weight_g };
  return { ...parcel, boxes: (parcel.boxes ?? []).map((box) => (box.number === number ? { ...box, weight_g } : box)) };
}
