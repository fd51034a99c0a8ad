import { useQuery } from "@tanstack/react-query";
import { Card, Select } from "antd";
import { Link, useNavigate } from "react-router";
import { api, given } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { useGrant } from "../../app/session";
import { ActionButton } from "../../ui/ActionButton";
import { BatchButton } from "../../ui/BatchButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { PrintButton } from "../../ui/PrintButton";
import { SearchFilter } from "../../ui/SearchFilter";
import { PickShop, PickWarehouse, ShopName, useShops, useWarehouses, WarehouseName } from "../names";
import { STATES, UnitState, type Unit } from "./parts";

export function Units() {
  const say = useSay();
  const word = useWord();
  const go = useNavigate();
  const shops = useShops();
  const mayPrint = useGrant("warehouse.read");
  const warehouses = useWarehouses();
  const [state, setState] = useFilter("state");
  const [shop, setShop] = useFilter("shop_id");
  const [warehouse, setWarehouse] = useFilter("warehouse");
  const [number] = useFilter("number");
  const columns: Column<Unit>[] = [
    { key: "number", title: say("unit.number"), render: (u) => <b>{u.number}</b>, text: (u) => u.number },
    { key: "state", title: say("unit.state"), render: (u) => <UnitState value={u.state} />, text: (u) => word("unit.state", u.state) },
    { key: "warehouse", title: say("unit.warehouse"), render: (u) => <WarehouseName id={u.warehouse_id} />, text: (u) => warehouses.find((each) => each.id === u.warehouse_id)?.name },
    { key: "shop", title: say("order.shop"), render: (u) => <ShopName id={u.shop_id} />, text: (u) => shops.find((each) => each.id === u.shop_id)?.name },
    { key: "courier", title: say("unit.courier"), render: (u) => u.courier, text: (u) => u.courier },
    { key: "created", title: say("unit.created"), render: (u) => <span className="soft">{when(u.created_at)}</span>, text: (u) => when(u.created_at) },
    { key: "released", title: say("unit.released"), render: (u) => u.released_at && <span className="soft">{when(u.released_at)}</span>, text: (u) => u.released_at && when(u.released_at) },
  ];
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.units")}</h1>
          <p className="soft">{say("unit.hint")}</p>
        </div>
      </div>
      <Alike />
      <CrudTable<Unit>
        name="units"
        path="/api/v1/orders/units"
        columns={columns}
        rowKey={(u) => u.id}
        query={{ state, shop_id: shop, warehouse, number }}
        onOpen={(u) => void go(`/units/${u.id}`)}
        empty={say("unit.empty")}
        refetchMs={10_000}
        batch={(chosen, clear) => {
          const targets = chosen.map((u) => ({ key: u.id, title: u.number, input: { unit_id: u.id } }));
          const print = chosen.map((u) => `doc=${u.id}`).join("&");
          return (
            <>
              <BatchButton action="orders.release_unit" grant="orders.arrange_units" label={say("unit.release")} targets={targets} onDone={clear} />
              <BatchButton action="orders.recall_unit" grant="orders.arrange_units" label={say("unit.recall")} targets={targets} onDone={clear} />
              {mayPrint && <PrintButton path={`/api/v1/warehouse/delivery-notes?${print}`} label={say("desk.delivery_notes")} />}
            </>
          );
        }}
        filters={
          <>
            <SearchFilter name="number" placeholder={say("unit.find")} />
            <Select
              allowClear
              aria-label={say("filter.status")} placeholder={say("filter.status")}
              value={state}
              onChange={setState}
              options={STATES.map((each) => ({ value: each, label: say(`unit.state.${each}`) }))}
              style={{ minWidth: 130 }}
            />
            <PickWarehouse value={warehouse} onChange={setWarehouse} />
            <PickShop value={shop} onChange={setShop} />
          </>
        }
      />
    </>
  );
}

/** What could leave together, a click away. */
function Alike() {
  const say = useSay();
  const groups = useQuery({ queryKey: ["units", "alike"], queryFn: () => given(api.GET("/api/v1/orders/units/alike")), refetchInterval: 10_000 });
  if (!groups.data?.length) return null;
  return (
    <Card size="small" title={say("unit.alike", { count: String(groups.data.length) })} className="gap">
      {groups.data.slice(0, 5).map(({ units }) => (
        <div key={units[0]?.id} className="card-head">
          <span>
            {units.map((unit) => (
              <Link key={unit.id} to={`/units/${unit.id}`} className="apart">
                {unit.number}
              </Link>
            ))}
          </span>
          <ActionButton action="orders.merge_units" grant="orders.arrange_units" label={say("unit.merge")} given={{ unit_ids: units.map((unit) => unit.id) }} button={{ size: "small" }} />
        </div>
      ))}
    </Card>
  );
}
