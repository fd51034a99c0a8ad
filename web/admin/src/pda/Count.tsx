import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, given, readPage, type Schema } from "../api/client";
import { useSay, useWord } from "../i18n";
import { useTell } from "./feedback";
import { Frame, Stepper, useSend, useTellWrong } from "./Frame";
import { findSku, useSku } from "./goods";
import { serverNow } from "./outbox";
import { useScans } from "./scanning";
import { useWarehouse } from "./warehouse";

type Counting = Schema<"StockCount">;
type Goods = Schema<"CountedGoods">;

const binsOf = (count: Counting) => count.bins ?? [];

/** Counts that are open. */
export function Counts() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const { id: warehouse } = useWarehouse();
  const list = useQuery({
    queryKey: ["counts", warehouse],
    queryFn: () => readPage<Counting>("/api/v1/warehouse/counts", { warehouse_id: warehouse, status: "open" }, null),
    refetchInterval: 15_000,
  });
  const counts = list.data?.items ?? [];
  return (
    <Frame title={say("pda.count")}>
      {list.data && counts.length === 0 && <p className="pda-empty">{say("pda.count.none")}</p>}
      {counts.map((each) => (
        <button key={each.id} type="button" className="pda-card" onClick={() => void go(`/count/${each.id}`)}>
          <b>{each.number}</b>
          <span>
            {word("count", each.kind)} · {say("pda.count.of", { counted: binsOf(each).filter((bin) => bin.rounds > 0).length, bins: binsOf(each).length })}
          </span>
        </button>
      ))}
    </Frame>
  );
}

const same = (one: Goods, other: Goods): boolean => one.sku_id === other.sku_id && one.lot === other.lot && one.bucket === other.bucket;

/** One bin after the other: its label, then every piece that lies in it. */
export function Count() {
  const say = useSay();
  const tell = useTell();
  const send = useSend();
  const wrong = useTellWrong();
  const queries = useQueryClient();
  const { id = "" } = useParams();
  const [bin, setBin] = useState("");
  const [lot, setLot] = useState("");
  const [looked, setLooked] = useState("");
  const [found, setFound] = useState<Goods[]>([]);
  const key = ["count", id];
  const read = useQuery({ queryKey: key, queryFn: () => given(api.GET("/api/v1/warehouse/counts/{count_id}", { params: { path: { count_id: id } } })) });
  const bins = read.data ? binsOf(read.data).filter((each) => each.open) : [];
  const next = bins.find((each) => each.rounds === 0);
  const begin = (code: string) => {
    setBin(code);
    setLot("");
    setFound([]);
    setLooked(serverNow());
  };
  const set = (goods: Goods, qty: number) => setFound((before) => before.map((each) => (same(each, goods) ? { ...each, qty } : each)));
  const scan = useScans(async (scanned) => {
    if (!bin) {
      if (!bins.some((each) => each.code === scanned)) return tell("bad", say("pda.count.not_in_it", { scanned }), next && say("pda.expected", { it: next.code }));
      begin(scanned);
      return tell("good", scanned);
    }
    const sku = await findSku(queries, scanned).catch(wrong);
    if (sku === undefined) return;
    if (sku === null) return tell("bad", say("pda.unknown", { scanned }));
    const goods: Goods = { sku_id: sku.id, qty: 1, bucket: "sellable", lot };
    const there = found.find((each) => same(each, goods));
    setFound((before) => (there ? before.map((each) => (same(each, goods) ? { ...each, qty: each.qty + 1 } : each)) : [...before, goods]));
    tell("good", `${sku.name} × ${(there?.qty ?? 0) + 1}`);
  });
  const say_all = async () => {
    const pieces = found.reduce((all, each) => all + each.qty, 0);
    const input = { count_id: id, bin, looked_at: looked, found: found.map(({ lot: of, ...each }) => ({ ...each, ...(of ? { lot: of } : {}) })) };
    const outcome = await send("warehouse.count_bin", input, say("pda.count.told", { bin, n: pieces }));
    if (outcome.kind === "refused") return;
    queries.setQueryData<Counting>(key, (before) => before && { ...before, bins: binsOf(before).map((each) => (each.code === bin ? { ...each, rounds: each.rounds + 1 } : each)) });
    setBin("");
    setFound([]);
    if (outcome.kind === "done") await queries.invalidateQueries({ queryKey: key });
  };
  const expected = bins.find((each) => each.code === bin)?.expected;
  return (
    <Frame
      title={bin || read.data?.number || say("pda.count")}
      back={bin ? () => setBin("") : "/count"}
      asks={bin ? say("pda.scan_goods") : say("pda.scan_bin")}
      onScan={scan}
      foot={
        bin && (
          <button type="button" className="pda-button" onClick={() => void say_all()}>
            {found.length ? say("pda.count.that_is_all") : say("pda.count.empty")}
          </button>
        )
      }
    >
      {!bin &&
        bins.map((each) => (
          <button key={each.bin_id} type="button" className={each.rounds ? "pda-line-item full" : "pda-line-item"} onClick={() => begin(each.code)}>
            <span>
              <b>{each.code}</b>
              {each === next && <i>{say("pda.count.next")}</i>}
            </span>
            <em>{each.rounds ? "✓" : ""}</em>
          </button>
        ))}
      {!bin && read.data && !next && <p className="pda-empty">{say("pda.count.all")}</p>}
      {bin && (
        <label className="pda-field">
          {say("pda.count.lot")}
          <input value={lot} maxLength={64} onChange={(event) => setLot(event.target.value)} />
        </label>
      )}
      {bin && found.map((each) => <Found key={`${each.sku_id} ${each.lot}`} goods={each} expected={expected?.find((one) => same(one, each))?.qty} onChange={(qty) => set(each, qty)} />)}
      {bin && expected?.filter((each) => !found.some((one) => same(one, each))).map((each) => <Expected key={`${each.sku_id} ${each.lot}`} goods={each} onTake={() => setFound([...found, each])} />)}
    </Frame>
  );
}

function Found({ goods, expected, onChange }: { goods: Goods; expected: number | undefined; onChange: (qty: number) => void }) {
  const say = useSay();
  const sku = useSku(goods.sku_id);
  return (
    <section className="pda-stop here">
      <div className="pda-name">{sku?.name}</div>
      <div className="pda-soft">
        {sku?.code} {goods.lot}
        {expected !== undefined && ` · ${say("pda.count.expected", { n: expected })}`}
      </div>
      <Stepper label={`${sku?.code ?? ""} ${say("order.qty")}`} value={goods.qty} min={0} onChange={onChange} />
    </section>
  );
}

function Expected({ goods, onTake }: { goods: Goods; onTake: () => void }) {
  const say = useSay();
  const sku = useSku(goods.sku_id);
  return (
    <button type="button" className="pda-line-item" onClick={onTake}>
      <span>
        <b>{sku?.name}</b>
        <i>{goods.lot}</i>
      </span>
      <em>{say("pda.count.expected", { n: goods.qty })}</em>
    </button>
  );
}
