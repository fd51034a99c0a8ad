import { useQuery } from "@tanstack/react-query";
import { DownloadOutlined } from "@ant-design/icons";
import { Alert, Button, Skeleton, Table, Tooltip } from "antd";
import { api, given } from "../../api/client";
import { useLang, usePick, useSay } from "../../i18n";
import { opening, useFilter } from "../../ui/CrudTable";
import { csv, download, major, money } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { Balance } from "./Balance";

/** 试算平衡表: what each account opened with, moved and closed with; a row leads to the account's lines. */
export function Trial({ company, period }: { company: string; period: string | undefined }) {
  const say = useSay();
  const pick = usePick();
  const lang = useLang();
  const [, open] = useFilter("account");
  const trial = useQuery({
    queryKey: ["trial", company, period],
    queryFn: () => given(api.GET("/api/v1/ledger/trial-balance", { params: { query: { company, ...(period ? { period: Number(period) } : {}) } } })),
  });
  if (trial.isPending) return <Skeleton active />;
  if (isWrong(trial)) return <Wrong error={trial.error} onRetry={() => void trial.refetch()} />;
  const { lines, currency, debit_minor, credit_minor } = trial.data;
  const sum = (minor: number) => (minor ? money(minor, currency, lang) : "");
  const save = () => {
    const minors = (line: (typeof lines)[number]) => [...(period ? [line.opening_minor] : []), line.debit_minor, line.credit_minor, line.closing_minor];
    const heads = [say("ledger.code"), say("ledger.name"), ...(period ? [say("ledger.opening")] : []), say("ledger.debit"), say("ledger.credit"), say("ledger.balance")];
    download(csv([heads, ...lines.map((line) => [line.account, pick(line), ...minors(line).map((minor) => major(minor, currency))])]), `trial-balance${period ? `-${period}` : ""}.csv`);
  };
  const isBalanced = debit_minor === credit_minor;
  return (
    <>
      <div className="crud-bar">
        <span />
        <Tooltip title={say("table.export_all")}>
          <Button aria-label={say("table.export_all")} icon={<DownloadOutlined />} onClick={save} />
        </Tooltip>
      </div>
      <Alert className="gap" type={isBalanced ? "success" : "error"} showIcon title={`${say(isBalanced ? "ledger.balanced" : "ledger.unbalanced")} · ${money(debit_minor, currency, lang)}`} />
      <Table
        size="small"
        rowKey="account"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={lines}
        onRow={(line) => opening(() => open(line.account))}
        columns={[
          { title: say("ledger.code"), dataIndex: "account", width: 120 },
          { title: say("ledger.name"), render: (_, line) => pick(line) },
          ...(period ? [{ title: say("ledger.opening"), align: "right" as const, render: (_: unknown, line: (typeof lines)[number]) => <Balance minor={line.opening_minor} currency={currency} /> }] : []),
          { title: say("ledger.debit"), align: "right", render: (_, line) => <span className="money">{sum(line.debit_minor)}</span> },
          { title: say("ledger.credit"), align: "right", render: (_, line) => <span className="money">{sum(line.credit_minor)}</span> },
          { title: say("ledger.balance"), align: "right", render: (_, line) => <Balance minor={line.closing_minor} currency={currency} isStrong /> },
        ]}
      />
    </>
  );
}
