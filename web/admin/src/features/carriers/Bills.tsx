import { DownloadOutlined } from "@ant-design/icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Empty, Space, Switch, Table, Tag } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { accepted, api, given, session, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { download, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { isWrong, useWords, Wrong } from "../../ui/Wrong";
import { useCompany, useCurrency } from "./company";
import { useCarrierName } from "./Parcels";

type Bill = Schema<"BillSum">;
type Line = Schema<"BillLine">;

const nameOf = (bill: Bill): string => `${bill.company_id} ${bill.carrier} ${bill.bill}`;

/** Carriers' bills beside what they should be; what is billed too much goes back to the carrier as a file. */
export function Bills() {
  const say = useSay();
  const named = useCarrierName();
  const company = useCompany();
  const currency = useCurrency();
  const mayImport = useGrant("migration.start_import");
  const [chosen, choose] = useState<Bill | null>(null);
  const list = useQuery({ queryKey: ["carrier-bills"], queryFn: () => given(api.GET("/api/v1/carrier-bills")), refetchInterval: 15_000 });
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <div className="stack">
      <div className="crud-bar">
        <Space>
          <ActionButton action="logistics.record_bill_line" grant="logistics.audit_bills" label={say("carriers.add_line")} given={company ? { company_id: company } : {}} />
          {mayImport ? <Link to="/sheets?sheet=carrier-bill">{say("carriers.import_hint")}</Link> : <span className="soft">{say("carriers.import_ask")}</span>}
        </Space>
      </div>
      <Table<Bill>
        rowKey={nameOf}
        pagination={false}
        dataSource={list.data ?? []}
        loading={list.isPending}
        locale={{ emptyText: <Empty description={say("carriers.no_bills")} /> }}
        onRow={(bill) => ({ onClick: () => choose(bill), className: "opens" })}
        columns={[
          { title: say("unit.courier"), render: (_, b) => <b>{named(b.carrier)}</b> },
          { title: say("carriers.bill"), render: (_, b) => b.bill },
          { title: say("carriers.lines"), align: "right", render: (_, b) => b.lines },
          { title: say("carriers.wrong"), align: "right", render: (_, b) => (b.wrong ? <Tag color="red">{b.wrong}</Tag> : 0) },
          { title: say("carriers.billed"), align: "right", render: (_, b) => <Money minor={b.billed_minor} currency={currency(b.company_id)} /> },
          { title: say("carriers.expected"), align: "right", render: (_, b) => <Money minor={b.expected_minor} currency={currency(b.company_id)} /> },
          { title: say("carriers.difference"), align: "right", render: (_, b) => <Money minor={b.difference_minor} currency={currency(b.company_id)} /> },
          { title: say("carriers.checked"), render: (_, b) => when(b.checked_at) },
          {
            title: "",
            render: (_, b) => (
              <span onClick={(event) => event.stopPropagation()} role="presentation">
                <Dispute bill={b} />
              </span>
            ),
          },
        ]}
      />
      {chosen && <Lines key={nameOf(chosen)} bill={chosen} />}
    </div>
  );
}

function Dispute({ bill }: { bill: Bill }) {
  const say = useSay();
  const words = useWords();
  const { message } = App.useApp();
  const fetching = useMutation({
    mutationFn: async () => {
      const query = new URLSearchParams({ company_id: bill.company_id, carrier: bill.carrier, bill: bill.bill });
      return (await accepted(fetch(`/api/v1/carrier-bills/dispute?${query}`, { headers: { "accept-language": session.lang } }))).blob();
    },
    onSuccess: (file) => download(file, `${bill.carrier}-${bill.bill}.xlsx`),
    onError: (error) => void message.error(words(error)),
  });
  return (
    <Button size="small" icon={<DownloadOutlined />} loading={fetching.isPending} disabled={bill.wrong === 0} onClick={() => fetching.mutate()}>
      {say("carriers.dispute")}
    </Button>
  );
}

function Lines({ bill }: { bill: Bill }) {
  const say = useSay();
  const word = useWord();
  const currency = useCurrency()(bill.company_id);
  const [isAll, setAll] = useState(false);
  const columns: Column<Line>[] = [
    { key: "waybill", title: say("desk.waybill"), render: (l) => <b>{l.waybill}</b>, text: (l) => l.waybill },
    { key: "billed", title: say("carriers.billed"), align: "right", render: (l) => <Money minor={l.billed_minor} currency={currency} />, text: (l) => l.billed_minor / 100 },
    { key: "expected", title: say("carriers.expected"), align: "right", render: (l) => (l.expected_minor === null ? "–" : <Money minor={l.expected_minor} currency={currency} />), text: (l) => l.expected_minor },
    { key: "grams", title: say("carriers.grams"), align: "right", render: (l) => `${l.billed_g ?? "–"} / ${l.expected_g ?? "–"}`, text: (l) => l.billed_g },
    { key: "difference", title: say("carriers.difference"), align: "right", render: (l) => <Money minor={l.difference_minor} currency={currency} />, text: (l) => l.difference_minor / 100 },
    {
      key: "reasons",
      title: say("carriers.reasons"),
      render: (l) => l.reasons.map((each) => <Tag key={each} color="red">{word("bill", each)}</Tag>),
      text: (l) => l.reasons.map((each) => word("bill", each)).join("; "),
    },
  ];
  return (
    <CrudTable<Line>
      name="bill-lines"
      path="/api/v1/carrier-bills/lines"
      columns={columns}
      rowKey={(l) => l.id}
      query={{ company_id: bill.company_id, carrier: bill.carrier, bill: bill.bill, wrong: isAll ? "false" : "true" }}
      filters={
        <Space>
          <b>{bill.bill}</b>
          <Switch checked={isAll} onChange={setAll} aria-label={say("carriers.all_lines")} />
          {say("carriers.all_lines")}
        </Space>
      }
    />
  );
}
