import { Drawer } from "antd";
import type { Schema } from "../../api/client";
import { useLang, useSay } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, money, when } from "../../ui/format";
import { Balance } from "./Balance";
import { useAccountText, useBooks } from "./books";

type Line = Schema<"AccountLine">;

/** 明细账: the lines of the account that the address names, with the balance after each; one leads to its voucher. */
export function LinesDrawer({ company }: { company: string }) {
  const [account, setAccount] = useFilter("account");
  const text = useAccountText(company);
  return (
    <Drawer open={account !== undefined} onClose={() => setAccount(undefined)} size={1260} title={account && text(account)} destroyOnHidden>
      {account && <Lines company={company} account={account} />}
    </Drawer>
  );
}

function Lines({ company, account }: { company: string; account: string }) {
  const say = useSay();
  const lang = useLang();
  const [period] = useFilter("period");
  const [, open] = useFilter("entry");
  const books = useBooks(company);
  const text = useAccountText(company);
  const currency = books.data?.currency ?? "CNY";
  const sum = (minor: number) => <span className="money">{minor ? money(minor, currency, lang) : ""}</span>;
  const columns: Column<Line>[] = [
    { key: "at", title: say("ledger.at"), render: (l) => <span className="soft">{when(l.at)}</span>, text: (l) => when(l.at) },
    { key: "number", title: say("ledger.number"), render: (l) => l.number, text: (l) => l.number },
    { key: "summary", title: say("ledger.summary"), render: (l) => l.summary, text: (l) => l.summary },
    { key: "other", title: say("ledger.other"), render: (l) => <span className="soft">{text(l.other_account)}</span>, text: (l) => text(l.other_account) },
    { key: "debit", title: say("ledger.debit"), align: "right", render: (l) => sum(l.debit_minor), text: (l) => major(l.debit_minor, currency) },
    { key: "credit", title: say("ledger.credit"), align: "right", render: (l) => sum(l.credit_minor), text: (l) => major(l.credit_minor, currency) },
    { key: "balance", title: say("ledger.balance"), align: "right", render: (l) => <Balance minor={l.balance_minor} currency={currency} isStrong />, text: (l) => major(l.balance_minor, currency) },
  ];
  return (
    <CrudTable<Line>
      name="account-lines"
      path={`/api/v1/ledger/accounts/${account}/lines`}
      columns={columns}
      rowKey={(l) => `${l.entry_id} ${l.line} ${l.side}`}
      query={{ company, period }}
      onOpen={(l) => open(l.entry_id)}
      filters={<span className="soft">{say("ledger.lines_hint")}</span>}
    />
  );
}
