import { Empty, Skeleton } from "antd";
import { Link } from "react-router";
import { useSay } from "../../i18n";
import { TabsHere } from "../../ui/TabsHere";
import { PickWarehouse, useWarehouses, useWorkingWarehouse } from "../names";
import { Arrivals, Counts, Transfers } from "./Goods";
import { Packed } from "./Packed";
import { Requests, Waves } from "./Waves";
import "./desk.css";

/** The work of a warehouse as its lead sees it: what is picked together, what arrives, is counted, goes elsewhere. */
export function Desk() {
  const say = useSay();
  const [warehouse, choose] = useWorkingWarehouse();
  const warehouses = useWarehouses();
  const tabs = warehouse
    ? [
        { key: "waves", label: say("desk.waves"), children: <Waves warehouse={warehouse} /> },
        { key: "requests", label: say("desk.requests"), children: <Requests warehouse={warehouse} /> },
        { key: "packed", label: say("desk.packed"), children: <Packed warehouse={warehouse} /> },
        { key: "notices", label: say("desk.notices"), children: <Arrivals warehouse={warehouse} /> },
        { key: "counts", label: say("floor.tab.counts"), children: <Counts warehouse={warehouse} /> },
        { key: "transfers", label: say("desk.transfers"), children: <Transfers warehouse={warehouse} /> },
      ]
    : [];
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.desk")}</h1>
          <p className="soft">
            {say("desk.hint")} <a href="/pda">{say("desk.pda")}</a> · <Link to="/pack-station">{say("nav.pack_station")}</Link>
          </p>
        </div>
        <PickWarehouse value={warehouse} onChange={choose} />
      </div>
      {warehouse ? <TabsHere items={tabs} destroyOnHidden /> : warehouses.length ? <Skeleton active /> : <Empty description={say("desk.no_warehouse")} />}
    </>
  );
}
