import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Modal, Skeleton, Table, Tooltip } from "antd";
import { useState, type ReactNode } from "react";
import { api, given, type Schema } from "../../api/client";
import { usePick, useSay } from "../../i18n";
import { learn, type Key } from "../../i18n/words";
import * as words from "../../i18n/words/sourcing";
import { Money } from "../../ui/Money";
import { isWrong, Wrong } from "../../ui/Wrong";
import { SkuName, useCurrencyOf, WarehouseName } from "../names";

learn(words);

type Sourcing = Schema<"OrderSourcing">;
type Plan = Schema<"Plan">;
type Measure = keyof Schema<"Measures">;

const MEASURES: Measure[] = ["cost", "hours", "parcels", "age", "balance", "carbon"];

/** Asks where an order's pieces would come from now, and shows the choice beside what else there was. */
export function SourcingOf({ orderId }: { orderId: string }) {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {say("sourcing.ask")}
      </Button>
      <Modal open={isOpen} onCancel={() => setOpen(false)} footer={null} width={860} title={say("sourcing.title")} destroyOnHidden>
        <Told orderId={orderId} />
      </Modal>
    </>
  );
}

function Told({ orderId }: { orderId: string }) {
  const say = useSay();
  const told = useQuery({
    queryKey: ["order", orderId, "sourcing"],
    queryFn: () => given(api.GET("/api/v1/orders/{order_id}/sourcing", { params: { path: { order_id: orderId } } })),
  });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const { plan, proven } = told.data;
  if (plan?.parts.length === 0 && !told.data.short?.length) return <p className="soft">{say("sourcing.nothing")}</p>;
  return (
    <div className="stack">
      <p className="soft">{say("sourcing.hint")}</p>
      {plan ? <Plans sourcing={told.data} plan={plan} /> : <Alert type="warning" title={say("sourcing.waits")} showIcon />}
      {plan && <p className="soft">{say(proven ? "sourcing.proven" : "sourcing.unproven")}</p>}
      <Others sourcing={told.data} />
    </div>
  );
}

function Plans({ sourcing, plan }: { sourcing: Sourcing; plan: Plan }) {
  const say = useSay();
  const currencyOf = useCurrencyOf();
  const currency = currencyOf(plan.parts[0]?.warehouse_id ?? "");
  const shown: [Key, Plan | null][] = [
    ["sourcing.chosen", plan],
    ["sourcing.next", sourcing.next_best ?? null],
    ["sourcing.nearest", sourcing.nearest ?? null],
  ];
  const figure = (measure: Measure, n: number) => {
    if (measure === "cost" && currency) return <Money minor={n} currency={currency} />;
    if (measure === "hours") return say("sourcing.n_hours", { n });
    return measure === "carbon" ? say("sourcing.n_grams", { n }) : n.toLocaleString();
  };
  const cell = (row: "parts" | "score" | Measure, of: Plan | null): ReactNode => {
    if (of === null) return <span className="soft">{row === "parts" ? say("sourcing.no_next") : "–"}</span>;
    if (row === "parts") return <Parts plan={of} />;
    if (row === "score")
      return (
        <>
          <b className="money">{of.score.toLocaleString()}</b> {of.score > plan.score && <div className="soft">{say("sourcing.more", { n: (of.score - plan.score).toLocaleString() })}</div>}
        </>
      );
    return (
      <Tooltip title={say("sourcing.weighed", { weight: sourcing.weights[row] ?? 0, n: (of.weighed[row] ?? 0).toLocaleString() })}>
        <span tabIndex={0}>{figure(row, of.measures[row] ?? 0)}</span>
      </Tooltip>
    );
  };
  return (
    <Table<"parts" | "score" | Measure>
      size="small"
      rowKey={(row) => row}
      pagination={false}
      scroll={{ x: "max-content" }}
      dataSource={["parts", "score", ...MEASURES]}
      columns={[
        { title: "", key: "what", render: (_, row) => <span className="soft">{say(`sourcing.${row}` as Key)}</span> },
        ...shown.map(([name, of]) => ({ title: say(name), key: name, render: (_: unknown, row: "parts" | "score" | Measure) => cell(row, of) })),
      ]}
    />
  );
}

function Parts({ plan }: { plan: Plan }) {
  const say = useSay();
  const pieces = new Map<string, number>();
  for (const part of plan.parts) pieces.set(part.warehouse_id, (pieces.get(part.warehouse_id) ?? 0) + part.qty);
  return [...pieces].map(([id, n]) => (
    <div key={id}>
      <WarehouseName id={id} /> · {say("sourcing.pieces", { n })}
    </div>
  ));
}

/** What is missing, who could not be asked, and what is there but is not this shop's. */
function Others({ sourcing }: { sourcing: Sourcing }) {
  const say = useSay();
  const pick = usePick();
  const left = Object.entries(sourcing.left_out ?? {});
  return (
    <>
      {!!sourcing.short?.length && (
        <section>
          <h4>{say("sourcing.short")}</h4>
          {sourcing.short.map((each) => (
            <div key={each.sku_id}>
              <SkuName id={each.sku_id} /> · {say("sourcing.pieces", { n: each.qty })}
            </div>
          ))}
        </section>
      )}
      {!!sourcing.withheld?.length && (
        <section>
          <h4>{say("sourcing.withheld")}</h4>
          {sourcing.withheld.map((each) => (
            <div key={`${each.sku_id} ${each.warehouse_id}`}>
              <WarehouseName id={each.warehouse_id} /> · <SkuName id={each.sku_id} />
              <div className="soft">{pick(each)}</div>
            </div>
          ))}
        </section>
      )}
      {left.length > 0 && (
        <section>
          <h4>{say("sourcing.left_out")}</h4>
          {left.map(([id, why]) => (
            <div key={id}>
              <WarehouseName id={id} /> <span className="soft">{say(`sourcing.left_out.${why}` as Key)}</span>
            </div>
          ))}
        </section>
      )}
    </>
  );
}
