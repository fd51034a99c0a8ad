import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, Select, Skeleton, Space, Tag } from "antd";
import { useEffect, useState } from "react";
import { api, given, readPage, type Schema } from "../../api/client";
import { usePick, useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { useFilter } from "../../ui/CrudTable";
import { isWrong, Wrong } from "../../ui/Wrong";
import { BackTest } from "./BackTest";
import { Editor } from "./Editor";
import { draftOf, tableOf, type Draft, type Subject } from "./table";
import { TryCases } from "./TryCases";
import { Versions } from "./Versions";

type Head = Schema<"TableHead">;
type Detail = Schema<"TableDetail">;

/** Decision tables: written, tried on past orders, published, rolled back. */
export function Rules() {
  const say = useSay();
  const pick = usePick();
  const [name, setName] = useFilter("subject");
  const [company, setCompany] = useFilter("company");
  const subjects = useQuery({ queryKey: ["subjects"], queryFn: () => given(api.GET("/api/v1/rules/subjects")), staleTime: Infinity });
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 });
  const companyId = company ?? companies.data?.items[0]?.id;
  const subject = (subjects.data as Subject[] | undefined)?.find((each) => each.name === (name ?? "orders.audit"));
  if (isWrong(subjects)) return <Wrong error={subjects.error} onRetry={() => void subjects.refetch()} />;
  if (!subject || !companyId) return <Skeleton active />;
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.rules")}</h1>
          <p className="soft">{say("rules.hint")}</p>
        </div>
        <Space wrap>
          <Select
            aria-label={say("rules.subject")}
            value={subject.name}
            onChange={setName}
            options={subjects.data?.map((each) => ({ value: each.name, label: pick(each) }))}
            style={{ minWidth: 200 }}
          />
          <Select
            aria-label={say("ledger.company")}
            value={companyId}
            onChange={setCompany}
            options={companies.data?.items.map((each) => ({ value: each.id, label: each.name }))}
            style={{ minWidth: 180 }}
          />
        </Space>
      </div>
      <TableOf key={`${subject.name} ${companyId}`} subject={subject} companyId={companyId} />
    </>
  );
}

function TableOf({ subject, companyId }: { subject: Subject; companyId: string }) {
  const heads = useQuery({
    queryKey: ["tables", subject.name],
    queryFn: () => readPage<Head>("/api/v1/rules/tables", { subject: subject.name }, null),
  });
  const head = heads.data?.items.find((each) => each.company_id === companyId);
  const detail = useQuery({
    queryKey: ["table", head?.id],
    queryFn: () => given(api.GET("/api/v1/rules/tables/{table_id}", { params: { path: { table_id: head?.id ?? "" } } })),
    enabled: Boolean(head),
    refetchInterval: 10_000,
  });
  const wrong = [heads, detail].find(isWrong);
  if (wrong) return <Wrong error={wrong.error} onRetry={() => void wrong.refetch()} />;
  if (heads.isPending || (head && detail.isPending)) return <Skeleton active />;
  return <Writing subject={subject} companyId={companyId} detail={head ? (detail.data as Detail) : undefined} />;
}

function Writing({ subject, companyId, detail }: { subject: Subject; companyId: string; detail: Detail | undefined }) {
  const say = useSay();
  const latest = detail?.versions[0];
  const [draft, setDraft] = useState<Draft>(() => draftOf(latest?.table));
  const [base, setBase] = useState(latest?.version);
  const [isTouched, setTouched] = useState(false);
  useEffect(() => {
    if (isTouched) return;
    setDraft(draftOf(latest?.table));
    setBase(latest?.version);
  }, [latest, isTouched]);
  const write = (next: Draft) => {
    setDraft(next);
    setTouched(true);
  };
  const isBehind = isTouched && latest !== undefined && latest.version !== base;
  const names = { company_id: companyId, subject: subject.name };
  const published = detail?.head.published ?? null;
  const save = (
    <ActionButton
      action="rules.save_table"
      grant="rules.write"
      label={say("rules.save")}
      given={{ ...names, table: tableOf(draft), ...(base === undefined ? {} : { base }) }}
      onDone={() => setTouched(false)}
      button={{ type: "primary", disabled: draft.rows.length === 0 }}
    />
  );
  return (
    <div className="stack">
      <Card
        title={<Tag color={published === null ? "default" : "green"}>{published === null ? say("rules.none") : say("rules.in_force", { n: published })}</Tag>}
        extra={
          <Space wrap>
            {published !== null && <ActionButton action="rules.roll_back_table" grant="rules.publish" label={say("rules.roll_back")} given={names} />}
            {published !== null && <ActionButton action="rules.withdraw_table" grant="rules.publish" label={say("rules.withdraw")} given={names} button={{ danger: true }} />}
            {save}
          </Space>
        }
      >
        {isBehind && (
          <Alert
            type="warning"
            showIcon
            title={say("rules.behind", { n: latest.version })}
            action={<Button onClick={() => setTouched(false)}>{say("rules.take_theirs", { n: latest.version })}</Button>}
            style={{ marginBottom: 12 }}
          />
        )}
        <Editor subject={subject} draft={draft} onChange={write} />
      </Card>
      <TryCases subject={subject} draft={draft} />
      <div className="two">
        <BackTest companyId={companyId} subject={subject.name} draft={draft} />
        {detail && <Versions detail={detail} onLoad={(table) => write(draftOf(table))} />}
      </div>
    </div>
  );
}
