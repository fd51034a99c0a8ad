import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, given, readPage, type Schema } from "../api/client";
import { useMe } from "../app/session";
import { useSay, useWord } from "../i18n";
import { useTell } from "./feedback";
import { Frame, Stepper, useSend, useTellWrong } from "./Frame";
import { findSku, isOf, resultOf, skuQuery } from "./goods";
import { outbox } from "./outbox";
import { useScans } from "./scanning";
import { useWarehouse } from "./warehouse";

type Task = Schema<"Task">;
type Detail = Schema<"TaskDetail">;
type Stop = Detail["stops"][number];
type Picked = Schema<"Picked">;

/** The tasks that wait for somebody, one's own first. */
export function Picks() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const me = useMe();
  const send = useSend();
  const { id: warehouse } = useWarehouse();
  const list = useQuery({
    queryKey: ["tasks", warehouse],
    queryFn: () => readPage<Task>("/api/v1/warehouse/tasks", { warehouse }, null),
    refetchInterval: 5_000,
  });
  const asked = useQuery({
    queryKey: ["waved", warehouse],
    queryFn: () => readPage<Schema<"Requested">>("/api/v1/warehouse/requests", { warehouse, state: "waved", limit: "200" }, null),
    refetchInterval: 5_000,
  });
  const waves = useQuery({
    queryKey: ["waves", warehouse],
    queryFn: () => readPage<Schema<"Wave">>("/api/v1/warehouse/waves", { warehouse, state: "released" }, null),
    refetchInterval: 5_000,
  });
  const to_sow = (waves.data?.items ?? []).filter((wave) => wave.method === "sow" && wave.picked > 0 && asked.data?.items.some((each) => each.wave_id === wave.id));
  const tasks = (list.data?.items ?? []).filter((each) => each.open_lines > 0);
  const mine = (each: Task) => each.picker === me.id;
  const take = async (task: Task) => {
    if (mine(task)) return void go(`/pick/${task.id}`);
    const outcome = await send("warehouse.start_pick", { task_id: task.id, take_over: task.picker !== null }, task.wave, () => [say("pda.pick.taken", { wave: task.wave })]);
    if (outcome.kind === "done") void go(`/pick/${task.id}`);
  };
  return (
    <Frame title={say("pda.pick")}>
      {list.data && tasks.length + to_sow.length === 0 && <p className="pda-empty">{say("pda.pick.none")}</p>}
      {to_sow.map((wave) => (
        <button key={wave.id} type="button" className="pda-card" onClick={() => void go(`/sow/${wave.id}`)}>
          <b>
            {say("pda.sow")} {wave.number}
          </b>
          <span>{say("pda.sow.waits", { n: wave.picked })}</span>
        </button>
      ))}
      {[...tasks].sort((one, other) => Number(mine(other)) - Number(mine(one))).map((task) => (
        <button key={task.id} type="button" className="pda-card" onClick={() => void take(task)}>
          <b>{task.wave}</b>
          <span>
            {word("method", task.method)} · {say("pda.pick.left", { picked: task.picked, pieces: task.pieces })}
          </span>
          <span className="pda-soft">
            {mine(task) ? say("pda.pick.mine") : task.picker ? say("pda.pick.others") : say("pda.pick.free")}
            {task.next_bin && ` · ${say("pda.next_bin", { bin: task.next_bin })}`}
          </span>
        </button>
      ))}
    </Frame>
  );
}

const nameOf = (stop: Stop): string => `${stop.bin} ${stop.sku_id} ${stop.lot}`;

/** What is left of the way when so many pieces have been taken at a stop, and for which cells they were. */
function without(stops: Stop[], at: Stop, qty: number): Stop[] {
  let left = qty;
  const cells = at.cells.map((cell) => {
    const taken = Math.min(cell.qty, left);
    left -= taken;
    return { ...cell, qty: cell.qty - taken };
  });
  const rest = { ...at, qty: at.qty - qty, cells: cells.filter((cell) => cell.qty > 0) };
  return stops.flatMap((stop) => (nameOf(stop) !== nameOf(at) ? [stop] : rest.qty > 0 ? [rest] : []));
}

/** One task, stop by stop: the bin's label first, then each piece. */
export function PickTask() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const wrong = useTellWrong();
  const queries = useQueryClient();
  const { id = "" } = useParams();
  const [bin, setBin] = useState("");
  const [each, setEach] = useState(1);
  const key = ["task", id];
  const read = useQuery({ queryKey: key, queryFn: () => given(api.GET("/api/v1/warehouse/tasks/{task_id}", { params: { path: { task_id: id } } })) });
  const task = read.data?.task;
  const stops = read.data?.stops ?? [];
  const known = useQueries({ queries: [...new Set(stops.map((stop) => stop.sku_id))].map(skuQuery) });
  const at = stops.find((stop) => stop.bin === bin) ?? stops[0];

  const take = async (stop: Stop, scanned: string) => {
    const qty = Math.min(each, stop.qty);
    const input = { task_id: id, bin: stop.bin, barcode: scanned, qty, ...(stop.lot ? { lot: stop.lot } : {}) };
    const label = `${stop.bin} · ${stop.name} × ${qty}`;
    const outcome = await send("warehouse.pick", input, label, (result) => {
      const { cells, left_here } = result as Picked;
      const into = (task?.method === "sort" ? cells : []).filter((cell) => cell.cell !== null).map((cell) => say("pda.cell", { cell: cell.cell ?? 0, qty: cell.qty }));
      return [into.join("  ") || `${stop.name} × ${qty}`, left_here ? say("pda.left_here", { n: left_here }) : say("pda.bin_done")];
    });
    if (outcome.kind === "refused") return void queries.invalidateQueries({ queryKey: key });
    await queries.cancelQueries({ queryKey: key });
    queries.setQueryData<Detail>(key, (before) => before && { ...before, stops: without(before.stops, stop, qty) });
    setEach(1);
    if (resultOf(outcome) && !outbox.entries.length) await queries.invalidateQueries({ queryKey: key });
  };
  const skuOf = (stop: Stop) => known.find((one) => one.data?.id === stop.sku_id)?.data;
  const scan = useScans(async (scanned) => {
    if (!at) return read.data && tell("bad", say("pda.pick.done"));
    const other = stops.find((stop) => stop.bin === scanned);
    if (other) {
      setBin(scanned);
      setEach(1);
      return tell("good", scanned, `${other.name} × ${other.qty}`);
    }
    if (at.bin !== bin) return tell("bad", say("pda.wrong_bin", { scanned }), say("pda.expected", { it: at.bin }));
    const here = stops.filter((stop) => stop.bin === bin);
    const meant = here.find((stop) => {
      const sku = skuOf(stop);
      return sku ? isOf(sku, scanned) : stop.sku === scanned;
    });
    if (meant) return take(meant, scanned);
    if (outbox.isAway) return tell("bad", say("pda.wrong_goods", { scanned }), say("pda.expected", { it: here.map((stop) => stop.sku).join(", ") }));
    return take(at, scanned); // the server knows more codes than this device, and says what was expected
  });
  const short = async () => {
    if (!at) return;
    const outcome = await send("warehouse.report_short", { task_id: id, bin: at.bin, barcode: at.sku, ...(at.lot ? { lot: at.lot } : {}) }, say("pda.pick.short_of", { bin: at.bin, name: at.name }), (result) => {
      const { missing, elsewhere } = result as Schema<"Shorted">;
      return [elsewhere > 0 ? say("pda.pick.short_told", { missing, elsewhere }) : say("pda.pick.short_everywhere", { missing })];
    });
    if (outcome.kind === "queued") queries.setQueryData<Detail>(key, (before) => before && { ...before, stops: without(before.stops, at, at.qty) });
    else await queries.invalidateQueries({ queryKey: key });
  };
  if (read.error && !read.data) {
    return (
      <Frame title={say("pda.pick")} back="/pick">
        <button type="button" className="pda-button" onClick={() => void read.refetch().then((again) => again.error && wrong(again.error))}>
          {say("error.retry")}
        </button>
      </Frame>
    );
  }
  if (!task) return <Frame title={say("pda.pick")} back="/pick">{null}</Frame>;
  if (!at) {
    return (
      <Frame title={task.wave} back="/pick">
        <div className="pda-done">
          <b>{say("pda.pick.done")}</b>
          <span>{say(task.method === "sow" ? "pda.pick.to_sow" : "pda.pick.bring")}</span>
        </div>
        {task.method === "sow" && <SowButton wave={task.wave_id} />}
        <Link to="/pick" className="pda-button quiet">
          {say("pda.pick.next")}
        </Link>
      </Frame>
    );
  }
  const left = stops.reduce((sum, stop) => sum + stop.qty, 0);
  return (
    <Frame
      title={`${task.pieces - left}/${task.pieces} · ${task.wave}`}
      back="/pick"
      asks={at.bin === bin ? say("pda.scan_goods") : say("pda.scan_bin")}
      onScan={scan}
      foot={
        <div className="pda-row">
          <button type="button" className="pda-button quiet" onClick={() => void short()}>
            {say("pda.pick.short")}
          </button>
          {at.qty > 1 && <Stepper label={say("pda.per_scan")} value={each} max={at.qty} onChange={setEach} />}
        </div>
      }
    >
      <section className={at.bin === bin ? "pda-stop here" : "pda-stop"}>
        <div className="pda-bin">{at.bin}</div>
        <div className="pda-name">{at.name}</div>
        <div className="pda-soft">
          {at.sku}
          {at.lot && ` · ${say("floor.lot")} ${at.lot}`}
        </div>
        <div className="pda-qty">× {at.qty}</div>
        {task.method === "sort" && (
          <div className="pda-cells">
            {at.cells.map((cell) => (
              <span key={cell.number}>{say("pda.cell", { cell: cell.cell ?? 0, qty: cell.qty })}</span>
            ))}
          </div>
        )}
      </section>
      <ol className="pda-next">
        {stops.filter((stop) => stop !== at).map((stop) => (
          <li key={nameOf(stop)}>
            <b>{stop.bin}</b> <span>{stop.name}</span> <i>× {stop.qty}</i>
          </li>
        ))}
      </ol>
    </Frame>
  );
}

function SowButton({ wave }: { wave: string }) {
  const say = useSay();
  const go = useNavigate();
  return (
    <button type="button" className="pda-button" onClick={() => void go(`/sow/${wave}`)}>
      {say("pda.sow")}
    </button>
  );
}

/** Picked pieces of a wave go into cells: scan a piece, see whose it is. */
export function Sow() {
  const say = useSay();
  const send = useSend();
  const { wave = "" } = useParams();
  const [last, setLast] = useState<{ cells: Schema<"Sown">["cells"]; left: number } | null>(null);
  const scan = useScans(async (barcode) => {
    const outcome = await send("warehouse.sow", { wave_id: wave, barcode, qty: 1 }, barcode, (result) => {
      const { cells } = result as Schema<"Sown">;
      return [cells.map((cell) => say("pda.cell", { cell: cell.cell ?? 0, qty: cell.qty })).join("  ")];
    });
    setLast(resultOf(outcome));
  });
  return (
    <Frame title={say("pda.sow")} back="/pick" asks={say("pda.scan_goods")} onScan={scan}>
      {last ? (
        <section className="pda-stop here">
          <div className="pda-bin">{last.cells.map((cell) => cell.cell ?? "–").join(" ")}</div>
          <div className="pda-soft">{last.cells.map((cell) => cell.number).join(", ")}</div>
          <div className="pda-qty">{last.left > 0 ? say("pda.sow.left", { n: last.left }) : say("pda.sow.none_left")}</div>
        </section>
      ) : (
        <p className="pda-empty">{say("pda.sow.begin")}</p>
      )}
    </Frame>
  );
}

/** Pieces that were picked for an order that wants them no more: which, and where they came from. */
export function PutBacks() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const wrong = useTellWrong();
  const queries = useQueryClient();
  const { id: warehouse } = useWarehouse();
  const [line, setLine] = useState<Schema<"BackLine"> | null>(null);
  const list = useQuery({ queryKey: ["put-backs", warehouse], queryFn: () => readPage<Schema<"BackLine">>("/api/v1/warehouse/put-backs", { warehouse }, null), refetchInterval: 5_000 });
  const lines = list.data?.items ?? [];
  const names = useQueries({ queries: [...new Set(lines.map((each) => each.sku_id))].map(skuQuery) });
  const name = (id: string) => names.find((one) => one.data?.id === id)?.data?.name ?? "…";
  const scan = useScans(async (scanned) => {
    if (!line) {
      const sku = await findSku(queries, scanned).catch(wrong);
      const meant = sku && lines.find((each) => each.sku_id === sku.id);
      if (!meant) return sku === undefined ? undefined : tell("bad", say("pda.wrong_goods", { scanned }));
      setLine(meant);
      return tell("good", name(meant.sku_id), say("pda.back.to", { bin: meant.bin }));
    }
    const sku = names.find((one) => one.data?.id === line.sku_id)?.data;
    const qty = line.qty - line.done;
    const outcome = await send("warehouse.put_back", { warehouse_id: warehouse, bin: scanned, barcode: sku?.code ?? "", qty, ...(line.lot ? { lot: line.lot } : {}) }, `${name(line.sku_id)} → ${scanned}`);
    if (outcome.kind === "refused") return;
    setLine(null);
    await queries.invalidateQueries({ queryKey: ["put-backs", warehouse] });
  });
  return (
    <Frame title={say("pda.back_in")} asks={line ? say("pda.scan_bin") : say("pda.scan_goods")} onScan={scan}>
      {list.data && lines.length === 0 && <p className="pda-empty">{say("pda.back.none")}</p>}
      {lines.map((each) => (
        <button key={each.id} type="button" className={each.id === line?.id ? "pda-card chosen" : "pda-card"} onClick={() => setLine(each)}>
          <b>{name(each.sku_id)}</b>
          <span>
            × {each.qty - each.done} · {say("pda.back.to", { bin: each.bin })}
          </span>
          <span className="pda-soft">{each.number}</span>
        </button>
      ))}
    </Frame>
  );
}
