import { Drawer, Segmented, Tag } from "antd";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { SearchFilter } from "../../ui/SearchFilter";
import { useCarrierName } from "./Parcels";

type Row = Schema<"PoolNumber">;

/** The numbers of an account's pool: which come next, and which parcel has which. */
export function PoolNumbers({ account, onClose }: { account: Schema<"CarrierAccount">; onClose: () => void }) {
  const say = useSay();
  const word = useWord();
  const named = useCarrierName();
  const [isUsed, setUsed] = useState(false);
  const [number, setNumber] = useFilter("waybill");
  const columns: Column<Row>[] = [
    { key: "number", title: say("desk.waybill"), render: (row) => <code>{row.number}</code>, text: (row) => row.number },
    { key: "state", title: say("floor.status"), render: (row) => <Tag color={row.parcel_id ? "blue" : "green"}>{say(row.parcel_id ? "pool.used" : "pool.free")}</Tag>, text: (row) => say(row.parcel_id ? "pool.used" : "pool.free") },
    { key: "parcel", title: say("pool.parcel"), render: (row) => row.parcel ?? "–", text: (row) => row.parcel },
    { key: "parcel_state", title: say("pool.parcel_state"), render: (row) => (row.state ? word("parcel", row.state) : "–"), text: (row) => (row.state ? word("parcel", row.state) : "") },
    { key: "at", title: say("pool.at"), render: (row) => (row.taken_at ? <span className="soft">{when(row.taken_at)}</span> : "–"), text: (row) => row.taken_at },
  ];
  const close = () => {
    setNumber(undefined);
    onClose();
  };
  return (
    <Drawer open size={820} title={say("pool.title", { carrier: named(account.carrier) })} onClose={close} destroyOnHidden>
      <CrudTable<Row>
        name="pool"
        path={`/api/v1/carrier-accounts/${account.id}/waybills`}
        columns={columns}
        rowKey={(row) => row.number}
        query={{ used: isUsed ? "true" : undefined, number }}
        empty={say("pool.empty")}
        filters={
          <>
            <Segmented
              value={isUsed ? "used" : "free"}
              onChange={(value) => setUsed(value === "used")}
              options={[
                { value: "free", label: say("pool.free_n", { n: account.free.toLocaleString() }) },
                { value: "used", label: say("pool.used") },
              ]}
            />
            <SearchFilter name="waybill" placeholder={say("pool.find")} />
          </>
        }
      />
    </Drawer>
  );
}
