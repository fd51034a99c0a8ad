import { useQuery } from "@tanstack/react-query";
import { Select, Skeleton, Space } from "antd";
import { readPage, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { useFilter } from "../../ui/CrudTable";
import { TabsHere } from "../../ui/TabsHere";
import { isWrong, Wrong } from "../../ui/Wrong";
import { Chart } from "./Chart";
import { Entries } from "./Entries";
import { EntryDrawer } from "./EntryDrawer";
import { LinesDrawer } from "./LinesDrawer";
import { NewEntry } from "./NewEntry";
import { Periods } from "./Periods";
import { PostingRules } from "./PostingRules";
import { Trial } from "./Trial";
import { PickPeriod } from "./PickPeriod";

/** The books of a company: from the trial balance to an account's lines, a voucher, and what made it. */
export function Ledger() {
  const say = useSay();
  const [tab] = useFilter("tab");
  const [chosen, setChosen] = useFilter("company");
  const [period, setPeriod] = useFilter("period");
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 });
  const company = chosen ?? companies.data?.items[0]?.id;
  if (isWrong(companies)) return <Wrong error={companies.error} onRetry={() => void companies.refetch()} />;
  if (!company) return <Skeleton active />;
  const isOfPeriod = !["chart", "rules", "periods"].includes(tab ?? "");
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.ledger")}</h1>
          <p className="soft">{say("ledger.hint")}</p>
        </div>
        <Space wrap>
          <NewEntry company={company} />
          {isOfPeriod && <PickPeriod value={period} onChange={setPeriod} />}
          <span>
            {say("ledger.company")}{" "}
            <Select aria-label={say("ledger.company")} value={company} onChange={setChosen} options={companies.data?.items.map((each) => ({ value: each.id, label: each.name }))} style={{ minWidth: 180 }} />
          </span>
        </Space>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "trial", label: say("ledger.trial"), children: <Trial company={company} period={period} /> },
          { key: "entries", label: say("ledger.entries"), children: <Entries company={company} period={period} /> },
          { key: "chart", label: say("ledger.chart"), children: <Chart company={company} /> },
          { key: "rules", label: say("ledger.rules"), children: <PostingRules company={company} /> },
          { key: "periods", label: say("ledger.periods"), children: <Periods company={company} /> },
        ]}
      />
      <LinesDrawer company={company} />
      <EntryDrawer company={company} />
    </>
  );
}
