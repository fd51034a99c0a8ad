import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Input, Segmented, Space, Tag } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { run } from "../../api/actions";
import { newKey } from "../../api/keys";
import { useGrant } from "../../app/session";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { play } from "../../pda/feedback";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { PrintButton } from "../../ui/PrintButton";
import { useWords } from "../../ui/Wrong";

type Parcel = Schema<"PackedParcel">;

/** All that a unit leaves in: its first parcel, and further ones. */
const boxesOf = (parcel: Parcel) => [parcel, ...(parcel.boxes ?? [])];
const hereOf = (parcel: Parcel) => boxesOf(parcel).filter((each) => !each.handed_at);

/** Parcels that are closed: weighed, labelled, and given to their carrier by scan. */
export function Packed({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const word = useWord();
  const [handed, setHanded] = useFilter("handed");
  const stateOf = (p: Parcel) => {
    const [of, here] = [boxesOf(p).length, hereOf(p).length];
    return here > 0 && here < of ? say("desk.handed_of", { n: of - here, of }) : word("request", p.state);
  };
  const waybillOf = (each: { carrier: string; waybill: string }) => (each.waybill ? `${each.carrier} ${each.waybill}` : "");
  const columns: Column<Parcel>[] = [
    { key: "number", title: say("unit.number"), render: (p) => <Link to={`/units/${p.doc}`}>{p.number}</Link>, text: (p) => p.number },
    { key: "state", title: say("floor.status"), render: (p) => <Tag color={hereOf(p).length ? (p.state === "packed" ? "blue" : "orange") : "green"}>{stateOf(p)}</Tag>, text: stateOf },
    { key: "waybill", title: say("desk.waybill"), render: (p) => boxesOf(p).map((each) => <div key={each.number}>{waybillOf(each) || "–"}</div>), text: (p) => boxesOf(p).map(waybillOf).join(" ") },
    { key: "carton", title: say("desk.carton"), render: (p) => p.carton || "–", text: (p) => p.carton },
    { key: "expected", title: say("desk.expected_g"), align: "right", render: (p) => p.expected_g, text: (p) => p.expected_g },
    { key: "weight", title: say("desk.weight_g"), align: "right", render: (p) => p.weight_g ?? "–", text: (p) => p.weight_g },
    { key: "packed", title: say("desk.packed_at"), render: (p) => when(p.packed_at), text: (p) => when(p.packed_at) },
    {
      key: "do",
      title: "",
      render: (p) => (
        <Space size={4}>
          <PrintButton path={`/api/v1/warehouse/parcel-labels?doc=${p.doc}`} label={say("desk.label")} size="small" />
          <PrintButton path={`/api/v1/warehouse/delivery-notes?doc=${p.doc}`} label={say("desk.delivery_note")} size="small" />
          {!p.handed_at && <ActionButton action="warehouse.set_waybill" grant="warehouse.pack" label={say("desk.set_waybill")} given={{ number: p.number }} button={{ size: "small" }} />}
        </Space>
      ),
      text: () => "",
    },
  ];
  return (
    <>
      <HandOver warehouse={warehouse} />
      <CrudTable<Parcel>
        name="packed"
        empty={say("desk.no_packed")}
        path="/api/v1/warehouse/parcels"
        columns={columns}
        rowKey={(p) => p.doc}
        query={{ warehouse, handed }}
        refetchMs={5_000}
        filters={
          <Segmented
            value={handed ?? ""}
            onChange={(value) => setHanded(value || undefined)}
            options={[
              { value: "", label: say("desk.all") },
              { value: "false", label: say("desk.here") },
              { value: "true", label: say("desk.handed") },
            ]}
          />
        }
      />
    </>
  );
}

/** Parcel after parcel by scan, each for itself: the waybill, or the unit's number. */
function HandOver({ warehouse }: { warehouse: string }) {
  const say = useSay();
  const words = useWords();
  const queries = useQueryClient();
  const mayHand = useGrant("warehouse.hand_over");
  const [scanned, setScanned] = useState("");
  const [count, setCount] = useState(0);
  const handing = useMutation({
    mutationFn: (code: string) => run("warehouse.hand_over", { warehouse_id: warehouse, scanned: code }, newKey()),
    onSuccess: (told) => {
      play(hereOf(told as Parcel).length ? "wait" : "good");
      setCount((before) => before + 1);
      return queries.invalidateQueries();
    },
    onError: () => play("bad"),
  });
  if (!mayHand) return null;
  const last = handing.data as Parcel | undefined;
  const send = () => {
    if (scanned.trim()) handing.mutate(scanned.trim());
    setScanned("");
  };
  return (
    <Space wrap className="gap">
      <Space.Compact>
        <Input aria-label={say("desk.hand_over")} placeholder={say("desk.hand_over_scan")} value={scanned} onChange={(event) => setScanned(event.target.value)} onPressEnter={send} style={{ width: 280 }} />
        <Button type="primary" onClick={send}>
          {say("desk.hand_over")}
        </Button>
      </Space.Compact>
      {handing.error ? <Alert type="error" showIcon title={words(handing.error)} /> : count > 0 && <Alert type="success" showIcon title={say("desk.handed_n", { n: count })} />}
      {last && hereOf(last).length > 0 && (
        <Alert type="warning" showIcon title={say("desk.left_here", { number: last.number, of: boxesOf(last).length, left: hereOf(last).map((each) => each.number).join("、") })} />
      )}
    </Space>
  );
}
