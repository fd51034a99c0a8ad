import { useQuery } from "@tanstack/react-query";
import { Steps, Tag } from "antd";
import { api, given, readPage, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { when } from "../../ui/format";

type Parcel = Schema<"Parcel">;

/** The parcels of an order, each with its carrier's scans on a line. */
export function Parcels({ orderId, detail }: { orderId: string; detail: Schema<"OrderDetail"> }) {
  const say = useSay();
  const mayRead = useGrant("logistics.read");
  const units = useQuery({
    queryKey: ["order", orderId, "units"],
    queryFn: () => given(api.GET("/api/v1/orders/{order_id}/units", { params: { path: { order_id: orderId } } })),
  });
  const docs = [...new Set([...(units.data ?? []).map((each) => each.id), ...detail.shipments.map((each) => each.unit_id ?? each.id)])].sort();
  const parcels = useQuery({
    queryKey: ["parcels", orderId, docs],
    queryFn: async () => (await Promise.all(docs.map((doc) => readPage<Parcel>("/api/v1/parcels", { doc }, null)))).flatMap((each) => each.items),
    enabled: mayRead && docs.length > 0,
  });
  if (!parcels.data?.length) return <p className="soft">{say("parcel.none")}</p>;
  return parcels.data.map((each) => <Line key={each.id} parcel={each} />);
}

function Line({ parcel }: { parcel: Parcel }) {
  const say = useSay();
  const word = useWord();
  const scans = useQuery({
    queryKey: ["parcels", parcel.id, "scans"],
    queryFn: () => given(api.GET("/api/v1/parcels/{parcel_id}/scans", { params: { path: { parcel_id: parcel.id } } })),
  });
  const rows = [...(scans.data ?? [])].reverse();
  return (
    <div className="parcel">
      <div className="card-head">
        <b>
          {parcel.carrier} <span className="code">{parcel.waybill || say("parcel.booking")}</span>
        </b>
        <Tag color={parcel.state === "signed" ? "green" : parcel.problem ? "red" : "blue"}>{word("parcel", parcel.state)}</Tag>
      </div>
      {parcel.problem && <div className="overdue">{parcel.problem}</div>}
      {rows.length > 0 && (
        <Steps
          className="scans"
          orientation="vertical"
          size="small"
          type="dot"
          current={0}
          items={rows.map((scan) => ({ status: "finish" as const, title: scan.text || word("scan", scan.kind), content: `${when(scan.at)} ${scan.place ?? ""}` }))}
        />
      )}
    </div>
  );
}
