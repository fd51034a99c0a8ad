import { useNavigate } from "react-router";
import type { Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { SearchFilter } from "../../ui/SearchFilter";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { PickShop } from "../names";

type Customer = Schema<"CustomerView">;

export function Customers() {
  const say = useSay();
  const go = useNavigate();
  const [phone] = useFilter("phone");
  const [shop, setShop] = useFilter("shop_id");
  const columns: Column<Customer>[] = [
    { key: "name", title: say("customer.name"), render: (c) => <b>{c.name ?? "–"}</b>, text: (c) => c.name },
    { key: "phone", title: say("customer.phone"), render: (c) => c.phone ?? "–", text: (c) => c.phone },
    { key: "email", title: say("customer.email"), render: (c) => c.email ?? "–", text: (c) => c.email },
    { key: "since", title: say("customer.since"), render: (c) => <span className="soft">{when(c.created_at)}</span>, text: (c) => when(c.created_at) },
  ];
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.customers")}</h1>
          <p className="soft">{say("customer.masked")}</p>
        </div>
      </div>
      <CrudTable<Customer>
        name="customers"
        path="/api/v1/customers"
        columns={columns}
        rowKey={(c) => c.id}
        query={{ phone, shop_id: shop }}
        onOpen={(c) => void go(`/customers/${c.id}`)}
        empty={say("customer.empty")}
        filters={
          <>
            <SearchFilter name="phone" placeholder={say("customer.phone")} />
            <PickShop value={shop} onChange={setShop} />
          </>
        }
      />
    </>
  );
}
