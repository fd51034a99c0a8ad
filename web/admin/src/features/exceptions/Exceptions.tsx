import { useQuery } from "@tanstack/react-query";
import { Select, Switch, Tag } from "antd";
import { useNavigate } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { usePick, useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { ShopName, useShops } from "../names";
import { Due, Handle } from "../orders/Holds";

type Held = Schema<"HeldOrder">;

export function Exceptions() {
  const say = useSay();
  const pick = usePick();
  const word = useWord();
  const go = useNavigate();
  const shops = useShops();
  const [code, setCode] = useFilter("code");
  const [overdue, setOverdue] = useFilter("overdue");
  const every = useLookEvery(5_000);
  const counts = useQuery({ queryKey: ["exceptions", "counts"], queryFn: () => given(api.GET("/api/v1/orders/exceptions/counts")), refetchInterval: every });
  const causes = useQuery({ queryKey: ["causes"], queryFn: () => given(api.GET("/api/v1/orders/causes")), staleTime: 60_000 });
  const nameOf = (wanted: string) => {
    const cause = causes.data?.find((each) => each.code === wanted);
    return cause ? pick(cause).replace(/\{\w+\}/g, "…") : wanted;
  };
  const columns: Column<Held>[] = [
    { key: "number", title: say("order.number"), render: (h) => <b>{h.number}</b>, text: (h) => h.number },
    {
      key: "cause",
      title: say("exc.cause"),
      render: (h) => (
        <span className="wraps">
          {pick(h.cause)} {h.cause.blocks && <Tag color="red">{say("exc.blocks")}</Tag>}
        </span>
      ),
      text: (h) => pick(h.cause),
    },
    { key: "owner", title: say("exc.owner"), render: (h) => h.cause.taken_name || word("role", h.cause.owner ?? ""), text: (h) => word("role", h.cause.owner ?? "") },
    { key: "due", title: say("exc.due"), render: (h) => <Due cause={h.cause} />, text: (h) => h.cause.due_at && when(h.cause.due_at) },
    { key: "shop", title: say("order.shop"), render: (h) => <ShopName id={h.shop_id} />, text: (h) => shops.find((each) => each.id === h.shop_id)?.name },
    { key: "total", title: say("order.total"), align: "right", render: (h) => <Money minor={h.total_minor} currency={h.currency} />, text: (h) => major(h.total_minor, h.currency) },
    { key: "handle", title: "", align: "right", render: (h) => <span onClick={(event) => event.stopPropagation()}><Handle cause={h.cause} orderId={h.order_id} /></span>, text: () => "" },
  ];
  return (
    <>
      <div className="head">
        <h1>{say("nav.exceptions")}</h1>
      </div>
      <CrudTable<Held>
        name="exceptions"
        path="/api/v1/orders/exceptions"
        columns={columns}
        rowKey={(h) => `${h.order_id} ${h.cause.code}`}
        query={{ code, overdue }}
        onOpen={(h) => void go(`/orders/${h.order_id}`)}
        empty={say("exc.empty")}
        refetchMs={5_000}
        filters={
          <>
            <Select
              allowClear
              aria-label={say("filter.cause")} placeholder={say("filter.cause")}
              value={code}
              onChange={setCode}
              style={{ minWidth: 260 }}
              options={(counts.data ?? []).map((each) => ({ value: each.code, label: `${nameOf(each.code)} · ${each.orders}` }))}
            />
            <Switch aria-label={say("filter.overdue")} checked={overdue === "true"} onChange={(on) => setOverdue(on ? "true" : undefined)} /> <span>{say("filter.overdue")}</span>
          </>
        }
      />
    </>
  );
}
