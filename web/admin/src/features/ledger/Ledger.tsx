import { useQuery } from "@tanstack/react-query";
import { Alert, Select, Skeleton, Table, Tabs } from "antd";
import { api, given, readPage, type Schema } from "../../api/client";
import { useLang, usePick, useSay } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { money, when } from "../../ui/format";
import { Wrong } from "../../ui/Wrong";

type Entry = Schema<"Entry">;

export function Ledger() {
  const say = useSay();
  const [tab, setTab] = useFilter("tab");
  const [chosen, setChosen] = useFilter("company");
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 });
  const company = chosen ?? companies.data?.items[0]?.id;
  if (companies.error) return <Wrong error={companies.error} onRetry={() => void companies.refetch()} />;
  if (!company) return <Skeleton active />;
  return (
    <>
      <div className="head">
        <h1>{say("nav.ledger")}</h1>
        <span>
          {say("ledger.company")}{" "}
          <Select aria-label={say("ledger.company")} value={company} onChange={setChosen} options={companies.data?.items.map((each) => ({ value: each.id, label: each.name }))} style={{ minWidth: 180 }} />
        </span>
      </div>
      <Tabs
        activeKey={tab ?? "trial"}
        onChange={setTab}
        destroyOnHidden
        items={[
          { key: "trial", label: say("ledger.trial"), children: <Trial company={company} /> },
          { key: "entries", label: say("ledger.entries"), children: <Entries company={company} /> },
        ]}
      />
    </>
  );
}

function Trial({ company }: { company: string }) {
  const say = useSay();
  const pick = usePick();
  const lang = useLang();
  const trial = useQuery({
    queryKey: ["trial", company],
    queryFn: () => given(api.GET("/api/v1/ledger/trial-balance", { params: { query: { company } } })),
  });
  if (trial.isPending) return <Skeleton active />;
  if (trial.error) return <Wrong error={trial.error} onRetry={() => void trial.refetch()} />;
  const { lines, currency, debit_minor, credit_minor } = trial.data as Schema<"TrialBalance">;
  const sum = (minor: number) => (minor ? money(minor, currency, lang) : "");
  const isBalanced = debit_minor === credit_minor;
  return (
    <>
      <Alert type={isBalanced ? "success" : "error"} showIcon title={`${say(isBalanced ? "ledger.balanced" : "ledger.unbalanced")} · ${money(debit_minor, currency, lang)}`} style={{ marginBottom: 12 }} />
      <Table
        size="small"
        rowKey="account"
        pagination={false}
        dataSource={lines}
        columns={[
          { title: say("ledger.code"), dataIndex: "account", width: 120 },
          { title: say("ledger.name"), render: (_, line) => pick(line) },
          { title: say("ledger.debit"), align: "right", render: (_, line) => <span className="money">{sum(line.debit_minor)}</span> },
          { title: say("ledger.credit"), align: "right", render: (_, line) => <span className="money">{sum(line.credit_minor)}</span> },
          { title: say("ledger.balance"), align: "right", render: (_, line) => <Closing minor={line.closing_minor} currency={currency} /> },
        ]}
      />
    </>
  );
}

/** A balance as accountants write it: its side, and how much. */
function Closing({ minor, currency }: { minor: number; currency: string }) {
  const say = useSay();
  const lang = useLang();
  if (!minor) return null;
  return (
    <>
      <span className="soft">{say(minor > 0 ? "side.debit" : "side.credit")}</span> <b className="money">{money(Math.abs(minor), currency, lang)}</b>
    </>
  );
}

function Entries({ company }: { company: string }) {
  const say = useSay();
  const columns: Column<Entry>[] = [
    { key: "number", title: say("ledger.number"), render: (e) => <b>{e.number}</b>, text: (e) => e.number },
    { key: "at", title: say("ledger.at"), render: (e) => <span className="soft">{when(e.at)}</span>, text: (e) => when(e.at) },
    { key: "summary", title: say("ledger.summary"), render: (e) => e.summary, text: (e) => e.summary },
    { key: "rule", title: say("ledger.rule"), isHidden: true, render: (e) => <code>{e.rule}</code>, text: (e) => e.rule },
  ];
  return <CrudTable<Entry> name="entries" path="/api/v1/ledger/entries" columns={columns} rowKey={(e) => e.id} query={{ company }} />;
}
