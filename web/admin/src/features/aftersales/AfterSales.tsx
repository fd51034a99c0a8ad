import { Select } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { PickShop } from "../names";
import { Amount, Answers, Asked, RequestState, STATES, type Request } from "./Request";

const KINDS: readonly Request["kind"][] = ["refund", "return", "exchange"];

/** What buyers have asked for after the sale: first what waits for an answer. */
export function AfterSales() {
  const say = useSay();
  const word = useWord();
  const [given] = useFilter("state");
  const [kind] = useFilter("kind");
  const state = given ?? "asked";
  const columns: Column<Request>[] = [
    { key: "number", title: say("aftersale.number"), render: (r) => r.number, text: (r) => r.number },
    { key: "order", title: say("aftersale.order"), render: (r) => <Link to={`/orders/${r.order_id}`}>{r.order_number}</Link>, text: (r) => r.order_number },
    { key: "kind", title: say("aftersale.kind"), render: (r) => word("aftersale.kind", r.kind), text: (r) => word("aftersale.kind", r.kind) },
    { key: "state", title: say("aftersale.state"), render: (r) => <RequestState state={r.state} />, text: (r) => word("aftersale.state", r.state) },
    { key: "reason", title: say("aftersale.reason"), render: (r) => word("aftersale.reason", r.reason), text: (r) => word("aftersale.reason", r.reason) },
    { key: "lines", title: say("aftersale.lines"), render: (r) => <Asked request={r} />, text: (r) => (r.lines ?? []).map((line) => `${line.title} × ${line.qty}`).join("; ") },
    { key: "amount", title: say("aftersale.amount"), align: "right", render: (r) => <Amount request={r} />, text: (r) => r.refund_minor ?? r.asked_minor },
    { key: "at", title: say("aftersale.at"), render: (r) => <span className="soft">{when(r.asked_at)}</span>, text: (r) => r.asked_at },
    { key: "do", title: "", text: () => "", render: (r) => <Answers request={r} /> },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.aftersales")}</h1>
        <ActionButton action="aftersales.set_policy" label={say("aftersale.policy")} asks={{ fields: ["shop_id"], control: (tell) => <OfShop tell={tell} /> }} />
      </div>
      <CrudTable<Request>
        name="aftersales"
        path="/api/v1/aftersales"
        columns={columns}
        rowKey={(r) => r.id}
        query={{ state: state === "all" ? undefined : state, kind }}
        filters={<Filters />}
        empty={say("aftersale.empty")}
        refetchMs={10_000}
      />
    </>
  );
}

function Filters() {
  const say = useSay();
  const word = useWord();
  const [state, setState] = useFilter("state");
  const [kind, setKind] = useFilter("kind");
  return (
    <>
      <Select
        aria-label={say("aftersale.state")}
        value={state ?? "asked"}
        onChange={(picked) => setState(picked === "asked" ? undefined : picked)}
        options={[...STATES.map((each) => ({ value: each as string, label: word("aftersale.state", each) })), { value: "all", label: say("desk.all") }]}
        style={{ minWidth: 130 }}
      />
      <Select
        aria-label={say("aftersale.kind")}
        allowClear
        placeholder={say("aftersale.kind")}
        value={kind}
        onChange={(picked) => setKind(picked)}
        options={KINDS.map((each) => ({ value: each as string, label: word("aftersale.kind", each) }))}
        style={{ minWidth: 130 }}
      />
    </>
  );
}

function OfShop({ tell }: { tell: (input: { shop_id: string | undefined }) => void }) {
  const [shopId, setShopId] = useState<string>();
  return (
    <PickShop
      value={shopId}
      onChange={(id) => {
        setShopId(id);
        tell({ shop_id: id });
      }}
    />
  );
}
