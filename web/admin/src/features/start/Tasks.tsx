import { useQuery } from "@tanstack/react-query";
import { Card } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { readPage } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useGrant } from "../../app/session";
import { useSay, type Key } from "../../i18n";

interface Task {
  title: Key;
  grant: string;
  /** Who has this too sees it among the sections of orders. */
  not?: string;
  path: string;
  query: Record<string, string>;
  to: string;
}

/** What waits beside orders, each for whom may read it: on the floor, with carriers, in the stock, of the money. */
const TASKS: Task[] = [
  { title: "task.to_wave", grant: "warehouse.read", path: "/api/v1/warehouse/requests", query: { state: "waiting" }, to: "/desk?tab=requests" },
  { title: "task.to_pick", grant: "warehouse.read", not: "warehouse.pick", path: "/api/v1/warehouse/requests", query: { state: "waved" }, to: "/desk?tab=requests&request_state=waved" },
  { title: "task.to_pack", grant: "warehouse.read", not: "warehouse.pack", path: "/api/v1/warehouse/requests", query: { state: "picked" }, to: "/desk?tab=requests&request_state=picked" },
  { title: "task.low_stock", grant: "inventory.read", path: "/api/v1/stock", query: { bucket: "sellable", at_most: "10" }, to: "/stock?bucket=sellable&at_most=10" },
  { title: "task.parcels", grant: "logistics.read", path: "/api/v1/parcel-anomalies", query: {}, to: "/carriers" },
  { title: "task.refunds", grant: "payments.read", path: "/api/v1/payments/refund-calls", query: { status: "failed" }, to: "/payments?tab=refunds&status=failed" },
  { title: "task.awaited", grant: "payments.read", path: "/api/v1/payments/authorizations", query: { status: "authorized" }, to: "/payments?tab=awaited&waits=authorized" },
];

export function Tasks() {
  return (
    <div className="cards">
      {TASKS.map((task) => (
        <Granted key={task.title} task={task}>
          <Count task={task} />
        </Granted>
      ))}
    </div>
  );
}

function Granted({ task, children }: { task: Task; children: ReactNode }) {
  const may = useGrant(task.grant);
  const seesOrders = useGrant("orders.read");
  const isSection = useGrant(task.not ?? "");
  return may && !(task.not && seesOrders && isSection) ? children : null;
}

/** How many there are; of more than a page, that there are more. */
function Count({ task }: { task: Task }) {
  const say = useSay();
  const every = useLookEvery(30_000);
  const told = useQuery({ queryKey: ["task", task.title], queryFn: () => readPage<unknown>(task.path, task.query, null), refetchInterval: every });
  if (told.error) return null;
  const count = told.data?.items.length ?? 0;
  return (
    <Card size="small">
      <Link to={task.to}>{say(task.title)}</Link>
      <div className={`card-number${count ? "" : " soft"}`}>{told.data ? `${count}${told.data.next ? "+" : ""}` : "…"}</div>
    </Card>
  );
}
