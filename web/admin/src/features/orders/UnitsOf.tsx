import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, given } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useSay } from "../../i18n";
import { WarehouseName } from "../names";
import { UnitState } from "../units/parts";

/** The fulfilment units that an order's pieces are or were in. */
export function UnitsOf({ orderId }: { orderId: string }) {
  const say = useSay();
  const every = useLookEvery(15_000);
  const units = useQuery({
    queryKey: ["order", orderId, "units"],
    queryFn: () => given(api.GET("/api/v1/orders/{order_id}/units", { params: { path: { order_id: orderId } } })),
    refetchInterval: every,
  });
  if (!units.data?.length) return <p className="soft">{say("unit.none")}</p>;
  return units.data.map((unit) => (
    <div key={unit.id} className="card-head">
      <Link to={`/units/${unit.id}`}>{unit.number}</Link>
      <span>
        <WarehouseName id={unit.warehouse_id} /> <UnitState value={unit.state} />
      </span>
    </div>
  ));
}
