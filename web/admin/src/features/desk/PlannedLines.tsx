import { useMutation } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useState } from "react";
import type { Input as Given } from "../../api/actions";
import { api, given, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { SkuName } from "../names";
import { Lines } from "./Lines";

/** What should go to another warehouse, by SKU; out of which bins is planned, on one walk. Nothing is sent before it is. */
export function PlannedLines({ warehouse, onChange }: { warehouse: string; onChange: (input: Given) => void }) {
  const say = useSay();
  const [wanted, setWanted] = useState<Schema<"PlanLine">[]>([]);
  const plan = useMutation({
    mutationFn: () => given(api.POST("/api/v1/warehouse/transfer-plan", { body: { from_warehouse_id: warehouse, lines: wanted } })),
    onSuccess: (found) => onChange({ lines: found.lines }),
  });
  const change = (input: Given) => {
    setWanted(input.lines as Schema<"PlanLine">[]);
    plan.reset();
    onChange({ lines: [] });
  };
  return (
    <div className="stack">
      <Lines extras={[]} onChange={change} />
      <Button disabled={wanted.length === 0} loading={plan.isPending} onClick={() => plan.mutate()}>
        {say("desk.plan_bins")}
      </Button>
      {plan.error && <Alert type="error" title={plan.error.message} />}
      {plan.data && (
        <>
          <ol>
            {plan.data.lines.map((line) => (
              <li key={`${line.bin} ${line.sku_id} ${line.lot}`}>
                <b>{line.bin}</b> <SkuName id={line.sku_id} /> {line.lot} × {line.qty}
              </li>
            ))}
          </ol>
          <span className="soft">{say("desk.walk", { m: Math.round(plan.data.walk_mm / 1000) })}</span>
          {plan.data.short.map((line) => (
            <Alert key={line.sku_id} type="warning" title={<><SkuName id={line.sku_id} /> {say("desk.plan_short", { n: line.qty })}</>} />
          ))}
        </>
      )}
    </div>
  );
}
