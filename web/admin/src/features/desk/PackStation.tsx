import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, Input, InputNumber, Radio, Space, Statistic, Tag } from "antd";
import { useState } from "react";
import { run, type Input as Given } from "../../api/actions";
import { api, given, Refused, type Schema } from "../../api/client";
import { newKey } from "../../api/keys";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { play } from "../../pda/feedback";
import { useScans } from "../../pda/scanning";
import { PrintButton } from "../../ui/PrintButton";
import { useWords } from "../../ui/Wrong";
import { Carton } from "./Carton";
import { Ready } from "./Ready";
import "./desk.css";

type Packing = Schema<"Packing">;
type Parcel = Schema<"PackedParcel">;

interface Told {
  mood: "good" | "bad" | "stop";
  text: string;
}

/** What scales type: grams. */
const SCALE = /^\d{1,6}$/;
const STOPS = ["warehouse.RequestStopped", "warehouse.RequestChanged"];

/** The packing station: a scanner, scales, a printer, and colours that are seen from where one stands. */
export function PackStation() {
  const say = useSay();
  const words = useWords();
  const word = useWord();
  const mayLook = useGrant("warehouse.read");
  const [packing, setPacking] = useState<Packing | null>(null);
  const [parcel, setParcel] = useState<Parcel | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const tell = (mood: Told["mood"], text: string) => {
    play(mood === "good" ? "good" : "bad");
    setTold({ mood, text });
  };
  const act = async (action: string, input: Given): Promise<unknown> => {
    try {
      return await run(action, input, newKey());
    } catch (error) {
      const isStop = error instanceof Refused && STOPS.includes(error.problem.code);
      tell(isStop ? "stop" : "bad", words(error));
      return undefined;
    }
  };
  const open = async (number: string) => {
    try {
      const found = await given(api.GET("/api/v1/warehouse/packing", { params: { query: { number } } }));
      setPacking(found);
      setParcel(null);
      if (found.state === "stopped") tell("stop", say("pda.pack.stopped", { number: found.number }));
      else tell("good", found.number);
    } catch (error) {
      tell("bad", words(error));
    }
  };
  const check = async (barcode: string) => {
    if (!packing) return;
    const next = (await act("warehouse.pack_scan", { number: packing.number, barcode, qty: 1, revision: packing.revision })) as Packing | undefined;
    if (!next) return;
    setPacking(next);
    const moved = next.lines.find((line) => line.checked !== packing.lines.find((before) => before.sku_id === line.sku_id)?.checked);
    tell("good", next.done ? say("pda.pack.all") : `${moved?.name ?? barcode} ${moved?.checked ?? ""}/${moved?.qty ?? ""}`);
  };
  const scan = useScans((text) => {
    if (told?.mood === "stop") return tell("stop", told.text);
    if (parcel && SCALE.test(text)) return weigh(parcel, Number(text), "");
    return packing && !parcel && packing.state === "picked" && !packing.done ? check(text) : open(text);
  });
  const weigh = async (closed: Parcel, weight_g: number, reason: string) => {
    const { number } = onScales(closed);
    const next = (await act("warehouse.weigh", { scanned: number, weight_g, ...(reason ? { accept_reason: reason } : {}) })) as Parcel | undefined;
    if (!next) return;
    setParcel(next);
    tell("good", `${number} · ${weight_g} g`);
  };
  const change = async (action: string, input: Given) => {
    const next = (await act(action, input)) as Parcel | undefined;
    if (next) setParcel(next);
  };
  const over = () => {
    setPacking(null);
    setParcel(null);
    setTold(null);
  };
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.pack_station")}</h1>
          <p className="soft">{say("desk.station_hint")}</p>
        </div>
        <ScanField asks={packing && !packing.done && !parcel ? say("pda.scan_goods") : say("pda.pack.begin")} onScan={scan} />
      </div>
      {told && (
        <div className={`desk-told ${told.mood}`} role={told.mood === "good" ? "status" : "alert"}>
          {told.mood === "stop" && <b>{say("pda.stop")}</b>}
          <span>{told.text}</span>
          {told.mood === "stop" && <Button onClick={over}>{say("pda.pack.set_aside")}</Button>}
        </div>
      )}
      {!packing && mayLook && <Ready onOpen={(number) => void open(number)} />}
      {packing && (
        <div className="two">
          <Card
            title={
              <Space>
                <b>{packing.number}</b>
                <Tag>{word("request", parcel?.state ?? packing.state)}</Tag>
                {packing.cell !== null && <Tag color="green">{say("desk.cell_n", { n: packing.cell })}</Tag>}
              </Space>
            }
          >
            {packing.lines.map((line) => (
              <div key={line.sku_id} className={line.checked >= line.qty ? "desk-line full" : "desk-line"}>
                <span>
                  <b>{line.name}</b>
                  <code className="soft">{line.sku}</code>
                </span>
                <em>
                  {line.checked} / {line.qty}
                </em>
              </div>
            ))}
          </Card>
          <div className="stack">
            {parcel ? (
              <Closed parcel={parcel} onWeigh={(grams, reason) => void weigh(parcel, grams, reason)} onChange={(action, input) => void change(action, input)} onNext={over} />
            ) : (
              packing.state === "picked" && <Closing packing={packing} act={act} onClosed={setParcel} tell={tell} />
            )}
          </div>
        </div>
      )}
    </>
  );
}

function ScanField({ asks, onScan }: { asks: string; onScan: (text: string) => void }) {
  const say = useSay();
  const [text, setText] = useState("");
  const send = () => {
    onScan(text);
    setText("");
  };
  return <Input size="large" aria-label={say("pda.scan_field")} placeholder={asks} value={text} onChange={(event) => setText(event.target.value)} onPressEnter={send} style={{ width: 320 }} />;
}

type Act = (action: string, input: Given) => Promise<unknown>;
type Tell = (mood: Told["mood"], text: string) => void;

/** Which carton: the smallest that takes all of it is proposed, and how the pieces lie in it. */
function Closing({ packing, act, onClosed, tell }: { packing: Packing; act: Act; onClosed: (parcel: Parcel) => void; tell: Tell }) {
  const say = useSay();
  const [chosen, choose] = useState<string>();
  const request = useQuery({
    queryKey: ["request-warehouse", packing.doc],
    queryFn: () => given(api.GET("/api/v1/orders/units/{unit_id}", { params: { path: { unit_id: packing.doc } } })),
    staleTime: Infinity,
  });
  const warehouse = request.data?.unit.warehouse_id;
  const cartons = useQuery({
    queryKey: ["cartons", warehouse],
    queryFn: () => given(api.GET("/api/v1/warehouse/cartons", { params: { query: { warehouse_id: warehouse ?? "" } } })),
    enabled: warehouse !== undefined,
    staleTime: 600_000,
  });
  const advice = useQuery({
    queryKey: ["carton-advice", packing.number, packing.revision],
    queryFn: () => given(api.GET("/api/v1/warehouse/carton-advice", { params: { query: { number: packing.number } } })),
    retry: false,
  });
  const packed = advice.data?.choice.cartons ?? [];
  const carton = chosen ?? packed[0]?.carton.code ?? "";
  const close = async () => {
    const parcel = (await act("warehouse.finish_pack", { number: packing.number, revision: packing.revision, carton })) as Parcel | undefined;
    if (!parcel) return;
    onClosed(parcel);
    tell("good", say("pda.pack.closed", { number: parcel.number }));
  };
  return (
    <Card title={say("desk.carton")}>
      <div className="stack">
        <Radio.Group value={carton} onChange={(event) => choose(event.target.value as string)} optionType="button" size="large" options={(cartons.data ?? []).map((each) => ({ value: each.code, label: each.code }))} />
        {packed.map((each, n) => (
          <div key={n} className="desk-carton">
            <Carton packed={each} />
            <Space orientation="vertical">
              <b>
                {each.carton.code} · {each.carton.length_mm} × {each.carton.width_mm} × {each.carton.height_mm} mm
              </b>
              <span className="soft">{say("desk.carton_fit", { g: each.weight_g, waste: Math.round(each.waste_permille / 10) })}</span>
            </Space>
          </div>
        ))}
        {(advice.data?.unknown.length ?? 0) > 0 && <Alert type="info" showIcon title={say("desk.carton_unknown", { skus: advice.data?.unknown.join(", ") ?? "" })} />}
        <Button type="primary" size="large" block disabled={!packing.done} onClick={() => void close()}>
          {say("pda.pack.close")}
        </Button>
      </div>
    </Card>
  );
}

/** Which of a unit's parcels is weighed next: the first that has no weight yet. */
function onScales(parcel: Parcel): { number: string } {
  return [parcel, ...(parcel.boxes ?? [])].find((each) => each.weight_g === null) ?? parcel;
}

interface ClosedProps {
  parcel: Parcel;
  onWeigh: (grams: number, reason: string) => void;
  onChange: (action: string, input: Given) => void;
  onNext: () => void;
}

/** A closed unit: the label and the weight of each of its parcels, further ones, and on to the next. */
function Closed({ parcel, onWeigh, onChange, onNext }: ClosedProps) {
  const say = useSay();
  const mayAccept = useGrant("warehouse.accept_weight");
  const [grams, setGrams] = useState<number | null>(null);
  const [reason, setReason] = useState("");
  const weigh = () => grams && onWeigh(grams, reason);
  const label = `/api/v1/warehouse/parcel-labels?doc=${parcel.doc}`;
  return (
    <Card title={say("desk.weigh_and_label")}>
      <div className="stack">
        <Space size="large">
          <Statistic title={say("desk.expected_g")} value={parcel.expected_g} />
          <Statistic title={say("desk.weight_g")} value={parcel.weight_g ?? "–"} />
        </Space>
        <span>
          {say("desk.waybill")} <b>{parcel.carrier}</b> <code>{parcel.waybill || "–"}</code>
        </span>
        {(parcel.boxes ?? []).map((box) => (
          <span key={box.number}>
            <b>{box.number}</b> {box.carrier} <code>{box.waybill || "–"}</code> {box.weight_g === null ? "–" : `${box.weight_g} g`}{" "}
            {box.handed_at === null && (
              <Button size="small" onClick={() => onChange("warehouse.remove_box", { scanned: box.number })}>
                {say("desk.remove_box")}
              </Button>
            )}
          </span>
        ))}
        <Button onClick={() => onChange("warehouse.add_box", { number: parcel.number })}>{say("desk.add_box")}</Button>
        {(parcel.boxes ?? []).length > 0 && <span className="soft">{say("desk.on_scales", { number: onScales(parcel).number })}</span>}
        <Space.Compact>
          <InputNumber size="large" aria-label={say("pda.weigh.grams")} placeholder={say("pda.weigh.scale")} min={1} max={1_000_000} precision={0} value={grams} onChange={setGrams} onPressEnter={weigh} style={{ width: 220 }} />
          <Button size="large" type="primary" disabled={!grams} onClick={weigh}>
            {say("pda.weigh")}
          </Button>
        </Space.Compact>
        {mayAccept && <Input placeholder={say("pda.weigh.reason")} aria-label={say("pda.weigh.reason")} value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />}
        <Space wrap>
          <PrintButton path={label} label={say("desk.label")} type="primary" />
          <PrintButton path={`${label}&format=zpl203`} label="ZPL 203" />
          <PrintButton path={`${label}&format=zpl300`} label="ZPL 300" />
          <PrintButton path={`/api/v1/warehouse/delivery-notes?doc=${parcel.doc}`} label={say("desk.delivery_note")} />
        </Space>
        <Button size="large" onClick={onNext}>
          {say("pda.pack.next")}
        </Button>
      </div>
    </Card>
  );
}
