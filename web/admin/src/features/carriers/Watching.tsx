import { useQuery } from "@tanstack/react-query";
import { InputNumber, Select, Skeleton } from "antd";
import { useEffect, useState } from "react";
import type { Input } from "../../api/actions";
import { api, given, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { learn } from "../../i18n/words";
import * as watching from "../../i18n/words/watching";
import { ActionButton } from "../../ui/ActionButton";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useCompanies } from "./company";

learn(watching);

type Policy = Schema<"WatchPolicy">;

const FROM = ["handed", "packed", "booked"] as const;
const HOURS = ["pickup_h", "stuck_h", "transit_h"] as const;

/** After how long parcels are told of, company by company; it begins with what holds now. */
export function WatchPolicyButton() {
  const say = useSay();
  return (
    <ActionButton
      action="logistics.set_watch_policy"
      grant="logistics.manage_carriers"
      label={say("watching.policy")}
      asks={{ fields: ["company_id", "policy"], control: (tell) => <Companies tell={tell} /> }}
    />
  );
}

function Companies({ tell }: { tell: (input: Input) => void }) {
  const say = useSay();
  const companies = useCompanies() ?? [];
  const [chosen, choose] = useState<string>();
  const company = chosen ?? companies[0]?.id;
  return (
    <div className="receiver">
      {companies.length > 1 && (
        <label className="wide">
          {say("watching.company")}
          <Select value={company} onChange={choose} style={{ width: "100%" }} options={companies.map((each) => ({ value: each.id, label: each.name }))} />
        </label>
      )}
      {company && <Fields key={company} company={company} tell={tell} />}
    </div>
  );
}

function Fields({ company, tell }: { company: string; tell: (input: Input) => void }) {
  const say = useSay();
  const now = useQuery({
    queryKey: ["watch-policy", company],
    queryFn: () => given(api.GET("/api/v1/watch-policy", { params: { query: { company_id: company } } })),
  });
  const [changed, setChanged] = useState<Policy | null>(null);
  const policy = changed ?? now.data;
  useEffect(() => {
    if (policy) tell({ company_id: company, policy: { ...policy } });
  }, [company, policy]);
  if (isWrong(now)) return <Wrong error={now.error} onRetry={() => void now.refetch()} />;
  if (!policy) return <Skeleton active />;
  const change = (part: Partial<Policy>) => setChanged({ ...policy, ...part });
  return (
    <>
      <label className="wide">
        {say("watching.pickup_from")}
        <Select value={policy.pickup_from ?? "handed"} onChange={(pickup_from) => change({ pickup_from })} style={{ width: "100%" }} options={FROM.map((each) => ({ value: each, label: say(`watching.pickup_from.${each}`) }))} />
      </label>
      {HOURS.map((name) => (
        <label key={name} className="wide">
          {say(`watching.${name}`)}
          <InputNumber min={1} max={2000} precision={0} value={policy[name]} onChange={(hours) => hours !== null && change({ [name]: hours })} style={{ width: "100%" }} />
        </label>
      ))}
      <label className="wide">
        {say("watching.sign_days")}
        <InputNumber min={0} max={365} precision={0} value={policy.sign_days} onChange={(days) => days !== null && change({ sign_days: days })} style={{ width: "100%" }} />
      </label>
    </>
  );
}
