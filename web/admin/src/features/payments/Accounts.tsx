import { Tag } from "antd";
import type { Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";

type Account = Schema<"PaymentAccount">;

/** Merchant accounts at providers, without their secrets, and what was wrong when they were last checked. */
export function Accounts() {
  const say = useSay();
  const word = useWord();
  const lang = useLang();
  const problem = (a: Account) => (lang === "en" ? a.problem : (a.problem_zh ?? a.problem));
  const columns: Column<Account>[] = [
    { key: "provider", title: say("payment.provider"), render: (a) => <b>{word("method", a.provider)}</b>, text: (a) => a.provider },
    { key: "merchant", title: say("payment.merchant"), render: (a) => <code>{a.merchant}</code>, text: (a) => a.merchant },
    { key: "environment", title: say("payment.environment"), render: (a) => a.environment, text: (a) => a.environment },
    { key: "scenes", title: say("payment.scenes"), render: (a) => a.scenes.map((each) => <Tag key={each}>{each}</Tag>), text: (a) => a.scenes.join(" ") },
    { key: "on", title: say("filter.status"), render: (a) => <Tag color={a.is_enabled ? "green" : undefined}>{say(a.is_enabled ? "payment.on" : "payment.off")}</Tag>, text: (a) => say(a.is_enabled ? "payment.on" : "payment.off") },
    { key: "problem", title: say("payment.problem"), render: (a) => (problem(a) ? <span className="overdue">{problem(a)}</span> : a.checked_at ? say("payment.well") : "–"), text: problem },
    { key: "checked", title: say("payment.checked"), render: (a) => <span className="soft">{a.checked_at ? when(a.checked_at) : "–"}</span>, text: (a) => a.checked_at },
    {
      key: "doing",
      title: "",
      align: "right",
      render: (a) => <ActionButton action="payments.check_account" grant="payments.set_account" label={say("payment.check")} given={{ account_id: a.id }} button={{ size: "small" }} />,
      text: () => "",
    },
  ];
  return (
    <CrudTable<Account>
      name="payment-accounts"
      path="/api/v1/payments/accounts"
      columns={columns}
      rowKey={(a) => a.id}
      empty={say("payment.no_accounts")}
      filters={<ActionButton action="payments.set_account" label={say("payment.set_account")} />}
    />
  );
}
