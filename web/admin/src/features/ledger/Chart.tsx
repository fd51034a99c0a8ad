import { Input, Skeleton, Table, Tag } from "antd";
import { useState } from "react";
import { usePick, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { opening, useFilter } from "../../ui/CrudTable";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useChart } from "./books";

/** 会计科目: a company's accounts, deeper ones indented below their parents. */
export function Chart({ company }: { company: string }) {
  const say = useSay();
  const pick = usePick();
  const word = useWord();
  const [text, setText] = useState("");
  const [, open] = useFilter("account");
  const chart = useChart(company);
  if (isWrong(chart)) return <Wrong error={chart.error} onRetry={() => void chart.refetch()} />;
  if (!chart.data) return <Skeleton active />;
  const rows = chart.data.filter((each) => each.code.startsWith(text) || each.zh.includes(text) || each.en.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <div className="crud-bar">
        <Input allowClear aria-label={say("ledger.find_account")} placeholder={say("ledger.find_account")} value={text} onChange={(event) => setText(event.target.value.trim())} style={{ width: 250 }} />
        <ActionButton action="ledger.add_account" label={say("ledger.add_account")} given={{ company_id: company }} />
      </div>
      <Table
        size="small"
        rowKey="code"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={rows}
        onRow={(each) => opening(() => open(each.code))}
        columns={[
          { title: say("ledger.code"), render: (_, each) => <code style={{ paddingInlineStart: (each.code.length - 4) * 8 }}>{each.code}</code> },
          { title: say("ledger.name"), render: (_, each) => pick(each) },
          { title: say("ledger.kind"), render: (_, each) => <Tag>{word("account", each.kind)}</Tag> },
          { title: say("ledger.side"), render: (_, each) => word("side", each.normal_side) },
        ]}
      />
    </>
  );
}
