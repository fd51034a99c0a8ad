import { UploadOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Card, Select, Space, Tag, Upload } from "antd";
import { useState } from "react";
import { readPage, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { major, when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { send } from "../../ui/upload";
import { useWords } from "../../ui/Wrong";
import { StatementLines } from "./StatementLines";

type Statement = Schema<"Statement">;

const PROVIDERS = ["wechat", "alipay", "test"];

/** Bills of payment providers beside what is recorded here: uploaded, compared at once, and what does not fit seen to. */
export function Statements() {
  const say = useSay();
  const word = useWord();
  const mayUpload = useGrant("payments.reconcile");
  const [bill, setBill] = useFilter("bill");
  const days = (s: Statement) => `${when(s.since)} – ${when(s.until)}`;
  const columns: Column<Statement>[] = [
    { key: "provider", title: say("statement.provider"), render: (s) => <b>{word("method", s.provider)}</b>, text: (s) => word("method", s.provider) },
    { key: "file", title: say("statement.file"), render: (s) => s.file_name, text: (s) => s.file_name },
    { key: "period", title: say("statement.period"), render: (s) => <span className="soft">{days(s)}</span>, text: days },
    { key: "paid", title: say("statement.paid"), align: "right", render: (s) => <Money minor={s.paid_minor} currency={s.currency} />, text: (s) => major(s.paid_minor, s.currency) },
    { key: "refunded", title: say("statement.refunded"), align: "right", render: (s) => <Money minor={s.refunded_minor} currency={s.currency} />, text: (s) => major(s.refunded_minor, s.currency) },
    { key: "fee", title: say("statement.fee"), align: "right", render: (s) => <Money minor={s.fee_minor} currency={s.currency} />, text: (s) => major(s.fee_minor, s.currency) },
    { key: "lines", title: say("statement.lines"), align: "right", render: (s) => `${s.matched.toLocaleString()} / ${s.lines.toLocaleString()}`, text: (s) => `${s.matched} / ${s.lines}` },
    { key: "open", title: say("statement.open"), align: "right", render: (s) => <Tag color={s.open ? "red" : "green"}>{s.open}</Tag>, text: (s) => s.open },
  ];
  return (
    <div className="stack">
      {mayUpload && <Sending onMade={(made) => setBill(made.id)} />}
      <CrudTable<Statement> name="statements" path="/api/v1/payments/statements" columns={columns} rowKey={(s) => s.id} onOpen={(s) => setBill(s.id)} empty={say("statement.none")} />
      {bill && <StatementLines key={bill} id={bill} />}
    </div>
  );
}

function Sending({ onMade }: { onMade: (made: Statement) => void }) {
  const say = useSay();
  const word = useWord();
  const words = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [provider, setProvider] = useState("wechat");
  const [chosen, setCompany] = useState<string>();
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 }).data?.items ?? [];
  const company = chosen ?? companies[0]?.id;
  const sending = useMutation({
    mutationFn: async (file: File) => {
      const query = new URLSearchParams({ company_id: company ?? "", provider, name: file.name });
      return (await send(`/api/v1/payments/statements?${query}`, file)) as Statement;
    },
    onSuccess: async (made) => {
      await client.invalidateQueries();
      void message.success(say("statement.made", { matched: made.matched, lines: made.lines }));
      onMade(made);
    },
  });
  return (
    <Card size="small" title={say("statement.upload")}>
      <p className="soft">{say("statement.hint")}</p>
      <Space wrap>
        <Select aria-label={say("statement.provider")} value={provider} onChange={setProvider} options={PROVIDERS.map((each) => ({ value: each, label: word("method", each) }))} style={{ minWidth: 130 }} />
        {companies.length > 1 && <Select aria-label={say("card.company")} value={company} onChange={setCompany} options={companies.map((each) => ({ value: each.id, label: each.name }))} style={{ minWidth: 180 }} />}
        <Upload accept=".csv,.txt,.xlsx,.xls" showUploadList={false} disabled={!company || sending.isPending} beforeUpload={(file) => (sending.mutate(file), false)}>
          <Button type="primary" icon={<UploadOutlined />} loading={sending.isPending}>
            {say("statement.choose")}
          </Button>
        </Upload>
      </Space>
      {sending.error && <Alert type="error" showIcon title={words(sending.error)} style={{ marginTop: 12 }} />}
    </Card>
  );
}
