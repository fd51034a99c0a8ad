import type { Schema } from "../../api/client";
import { useLang, useSay } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, money, when } from "../../ui/format";
import { SearchFilter } from "../../ui/SearchFilter";
import { useAccountText } from "./books";

type Entry = Schema<"Entry">;

/** The journal: vouchers, the newest number first; a row leads to its lines and its cause. */
export function Entries({ company, period }: { company: string; period: string | undefined }) {
  const say = useSay();
  const lang = useLang();
  const [number] = useFilter("number");
  const [, open] = useFilter("entry");
  const text = useAccountText(company);
  const total = (e: Entry) => e.lines.reduce((sum, line) => sum + line.original_minor, 0);
  const accounts = (e: Entry) => [...new Set(e.lines.map((line) => `${text(line.debit_account)} / ${text(line.credit_account)}`))];
  const columns: Column<Entry>[] = [
    { key: "number", title: say("ledger.number"), render: (e) => <b>{e.number}</b>, text: (e) => e.number },
    { key: "at", title: say("ledger.at"), render: (e) => <span className="soft">{when(e.at)}</span>, text: (e) => when(e.at) },
    { key: "summary", title: say("ledger.summary"), render: (e) => <span className="wraps">{e.summary}</span>, text: (e) => e.summary },
    { key: "accounts", title: say("ledger.debit_credit"), render: (e) => accounts(e).map((each) => <div key={each} className="wraps wide">{each}</div>), text: (e) => accounts(e).join("; ") },
    { key: "amount", title: say("payment.amount"), align: "right", render: (e) => <span className="money">{money(total(e), e.currency, lang)}</span>, text: (e) => major(total(e), e.currency) },
    { key: "rule", title: say("ledger.rule"), isHidden: true, render: (e) => <code>{e.rule ?? "–"}</code>, text: (e) => e.rule },
  ];
  return (
    <CrudTable<Entry>
      name="entries"
      path="/api/v1/ledger/entries"
      columns={columns}
      rowKey={(e) => e.id}
      query={{ company, period, number }}
      onOpen={(e) => open(e.id)}
      empty={say("ledger.no_entries")}
      filters={<SearchFilter name="number" placeholder={say("ledger.find")} />}
    />
  );
}
