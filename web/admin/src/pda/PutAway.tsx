import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, given, readPage, type Schema } from "../api/client";
import { useLang, useSay, useWord } from "../i18n";
import { useTell } from "./feedback";
import { Frame, Stepper, useSend, useTellWrong } from "./Frame";
import { findSku, useSku, type Sku } from "./goods";
import { useScans } from "./scanning";
import { useWarehouse } from "./warehouse";

/** Pieces that wait for a place: in a receive bin, or in none (`bin` is empty). */
interface Source {
  bin: string;
  lot: string;
  bucket: string;
  qty: number;
}

function useUnplaced() {
  const { id: warehouse } = useWarehouse();
  return useQuery({
    queryKey: ["unplaced", warehouse],
    queryFn: () => readPage<Schema<"Unplaced">>("/api/v1/warehouse/unplaced", { warehouse_id: warehouse }, null),
    refetchInterval: 15_000,
  });
}

/** Scan goods, see where they should go, scan the bin that they were put into. */
export function PutAway() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const tell = useTell();
  const send = useSend();
  const wrong = useTellWrong();
  const queries = useQueryClient();
  const { id: warehouse } = useWarehouse();
  const [sku, setSku] = useState<Sku | null>(null);
  const [chosen, choose] = useState(0);
  const [qty, setQty] = useState(1);
  const [lot, setLot] = useState("");
  const waiting = useUnplaced();
  const rows = (waiting.data?.items ?? []).filter((each) => each.unplaced > 0);
  const lyingOf = (id: string) => ({
    queryKey: ["in-bins", warehouse, id],
    queryFn: () => readPage<Schema<"InBin">>("/api/v1/warehouse/in-bins", { warehouse_id: warehouse, sku_id: id }, null),
  });
  const lying = useQuery({ ...lyingOf(sku?.id ?? ""), enabled: sku !== null });
  const sources: Source[] = [
    ...(lying.data?.items ?? []).filter((each) => each.kind === "receive" && each.on_hand > each.held).map((each) => ({ bin: each.code, lot: each.lot, bucket: each.bucket, qty: each.on_hand - each.held })),
    ...rows.filter((each) => each.sku_id === sku?.id).map((each) => ({ bin: "", lot: "", bucket: each.bucket, qty: each.unplaced })),
  ];
  const source = sources[chosen];
  const ofLot = source?.bin ? source.lot : lot;
  const plan = useQuery({
    queryKey: ["put-away-plan", warehouse, sku?.id, source?.qty, ofLot],
    queryFn: () => given(api.GET("/api/v1/warehouse/put-away-plan", { params: { query: { warehouse_id: warehouse, sku_id: sku?.id ?? "", qty: source?.qty ?? 1, lot: ofLot } } })),
    enabled: sku !== null && source !== undefined,
  });
  const begin = (found: Sku) => {
    setSku(found);
    choose(0);
    setLot("");
    setQty(0);
  };
  const pieces = qty || source?.qty || 1;
  const scan = useScans(async (scanned) => {
    const found = await findSku(queries, scanned).catch(sku ? () => null : wrong);
    if (found) {
      if (found.id === sku?.id) setQty(Math.min(pieces + 1, source?.qty ?? 1));
      else {
        begin(found);
        await queries.fetchQuery(lyingOf(found.id)).catch(wrong);
      }
      return tell("good", found.name);
    }
    if (!sku || !source) return found === null ? tell("bad", say("pda.unknown", { scanned })) : undefined;
    const line = { sku_id: sku.id, qty: pieces, bucket: source.bucket, ...(ofLot ? { lot: ofLot } : {}) };
    const label = `${sku.name} × ${pieces} → ${scanned}`;
    const outcome = source.bin
      ? await send("warehouse.move_bins", { warehouse_id: warehouse, lines: [{ ...line, origin: source.bin, to: scanned }] }, label)
      : await send("warehouse.put_away", { warehouse_id: warehouse, lines: [{ ...line, bin: scanned }] }, label);
    if (outcome.kind === "refused") return;
    setSku(null);
    await Promise.all([queries.invalidateQueries({ queryKey: ["unplaced"] }), queries.invalidateQueries({ queryKey: ["in-bins"] })]);
  });
  return (
    <Frame title={say("pda.put_away")} back={sku ? () => setSku(null) : "/"} asks={sku ? say("pda.put.scan_bin") : say("pda.scan_goods")} onScan={scan}>
      {!sku && waiting.data && rows.length === 0 && <p className="pda-empty">{say("pda.put.none")}</p>}
      {!sku && rows.map((each) => <Row key={`${each.sku_id} ${each.bucket}`} row={each} onChoose={begin} />)}
      {sku && (
        <>
          <section className="pda-stop">
            <div className="pda-name">{sku.name}</div>
            <div className="pda-soft">{sku.code}</div>
          </section>
          {lying.data && sources.length === 0 && <p className="pda-empty">{say("pda.put.nothing")}</p>}
          {sources.length > 0 && (
            <>
              <div className="pda-choices">
                {sources.map((each, n) => (
                  <button key={`${each.bin} ${each.lot} ${each.bucket}`} type="button" className={n === chosen ? "chosen" : ""} onClick={() => choose(n)}>
                    {each.bin || say("floor.unplaced")} × {each.qty}
                    <i>
                      {word("bucket", each.bucket)} {each.lot}
                    </i>
                  </button>
                ))}
              </div>
              {!source?.bin && (
                <label className="pda-field">
                  {say("floor.lot")}
                  <input value={lot} maxLength={64} onChange={(event) => setLot(event.target.value)} />
                </label>
              )}
              <Stepper label={say("order.qty")} value={pieces} max={source?.qty ?? 1} onChange={setQty} />
              {plan.data?.steps.map((step) => (
                <div key={step.bin} className="pda-hint">
                  <b>{step.bin}</b>
                  <span>
                    × {step.qty} · {lang === "en" ? step.en : step.zh}
                  </span>
                </div>
              ))}
            </>
          )}
        </>
      )}
    </Frame>
  );
}

function Row({ row, onChoose }: { row: Schema<"Unplaced">; onChoose: (sku: Sku) => void }) {
  const word = useWord();
  const sku = useSku(row.sku_id);
  return (
    <button type="button" className="pda-card" disabled={!sku} onClick={() => sku && onChoose(sku)}>
      <b>{sku?.name ?? "…"}</b>
      <span>
        × {row.unplaced} · {word("bucket", row.bucket)}
      </span>
      <span className="pda-soft">{sku?.code}</span>
    </button>
  );
}
