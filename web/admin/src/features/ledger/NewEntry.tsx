import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useState } from "react";
import type { Input } from "../../api/actions";
import { useLang, useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { money } from "../../ui/format";
import { MoneyInput } from "../../ui/MoneyInput";
import { useAccountText, useBooks, useChart } from "./books";

interface Row {
  key: number;
  account: string | undefined;
  debit: number;
  credit: number;
}

const fresh = (key: number): Row => ({ key, account: undefined, debit: 0, credit: 0 });

/** A voucher by hand: what is on it must balance, which the foot says while one types. */
export function NewEntry({ company }: { company: string }) {
  const say = useSay();
  return (
    <ActionButton
      action="ledger.post_entry"
      label={say("ledger.new_entry")}
      given={{ company_id: company }}
      width={760}
      asks={{ fields: ["lines", "currency", "rate"], control: (tell) => <Rows company={company} onChange={tell} /> }}
    />
  );
}

function Rows({ company, onChange }: { company: string; onChange: (input: Input) => void }) {
  const say = useSay();
  const lang = useLang();
  const chart = useChart(company);
  const text = useAccountText(company);
  const currency = useBooks(company).data?.currency ?? "CNY";
  const [rows, setRows] = useState<Row[]>([fresh(1), fresh(2)]);
  const change = (next: Row[]) => {
    setRows(next);
    onChange({ lines: next.filter((row) => row.account).map((row) => ({ account: row.account, debit_minor: row.debit, credit_minor: row.credit })) });
  };
  const set = (key: number, change_: Partial<Row>) => change(rows.map((row) => (row.key === key ? { ...row, ...change_ } : row)));
  const debit = rows.reduce((sum, row) => sum + row.debit, 0);
  const credit = rows.reduce((sum, row) => sum + row.credit, 0);
  return (
    <div className="lines gap">
      {rows.map((row, index) => (
        <div key={row.key} className="line">
          <Select
            showSearch={{ optionFilterProp: "label" }}
            aria-label={`${say("ledger.code")} ${index + 1}`}
            placeholder={say("ledger.code")}
            value={row.account}
            onChange={(account: string) => set(row.key, { account })}
            options={(chart.data ?? []).map((each) => ({ value: each.code, label: text(each.code) }))}
            style={{ flex: 1 }}
          />
          <MoneyInput aria-label={`${say("ledger.debit")} ${index + 1}`} prefix={say("side.debit")} value={row.debit || null} currency={currency} onChange={(minor) => set(row.key, { debit: minor ?? 0, credit: 0 })} />
          <MoneyInput aria-label={`${say("ledger.credit")} ${index + 1}`} prefix={say("side.credit")} value={row.credit || null} currency={currency} onChange={(minor) => set(row.key, { credit: minor ?? 0, debit: 0 })} />
          <Button type="text" aria-label={say("ledger.remove_line")} icon={<DeleteOutlined />} disabled={rows.length <= 2} onClick={() => change(rows.filter((each) => each.key !== row.key))} />
        </div>
      ))}
      <Button size="small" icon={<PlusOutlined />} onClick={() => change([...rows, fresh(Math.max(...rows.map((row) => row.key)) + 1)])}>
        {say("ledger.add_line")}
      </Button>
      <span className={debit === credit ? "soft" : "overdue"}>
        {say("ledger.debit")} {money(debit, currency, lang)} · {say("ledger.credit")} {money(credit, currency, lang)}
      </span>
    </div>
  );
}
