import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Card, Space, Table, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useListed, usePick, useSay, useWord } from "../../i18n";
import { useWords } from "../../ui/Wrong";
import { Answer } from "./Editor";
import { tableOf, type Draft, type Subject } from "./table";

type Tried = Schema<"CaseTried">;
type Value = Schema<"TryTable">["cases"][number][string];

interface Case {
  id: number;
  facts: Record<string, Value>;
}

/** Made-up cases beside the table under the pen: which row answers each and what, and what kept the other rows from it. */
export function TryCases({ subject, draft }: { subject: Subject; draft: Draft }) {
  const say = useSay();
  const pick = usePick();
  const words = useWords();
  const [cases, setCases] = useState<Case[]>([{ id: 1, facts: {} }]);
  const asked = JSON.stringify([tableOf(draft), cases]);
  const trying = useMutation({
    mutationFn: async () => {
      const facts = (of: Case) => Object.fromEntries(Object.entries(of.facts).filter(([name, value]) => draft.facts.includes(name) && value !== undefined));
      const tried = await given(api.POST("/api/v1/rules/try", { body: { subject: subject.name, table: tableOf(draft), cases: cases.map(facts) } }));
      return { asked, tried };
    },
  });
  // What was answered holds for the table and the cases that were asked about; after any change it is asked for again.
  const tried = trying.data?.asked === asked ? trying.data.tried : undefined;
  const put = (id: number, name: string, value: Value) => setCases(cases.map((each) => (each.id === id ? { ...each, facts: { ...each.facts, [name]: value } } : each)));
  const named = (name: string) => pick(subject.facts[name] ?? { zh: name, en: name });
  return (
    <Card title={say("rules.cases")}>
      <p className="soft">{say("rules.cases_hint")}</p>
      <Table
        size="small"
        rowKey="id"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={cases}
        columns={[
          ...draft.facts.map((name) => ({
            key: name,
            title: <span className="wraps">{named(name)}</span>,
            render: (_: unknown, of: Case, index: number) => (
              <Answer kind={subject.facts[name]?.kind ?? "string"} oneOf={[]} label={say("rules.case", { n: index + 1, fact: named(name) })} value={of.facts[name]} onChange={(value) => put(of.id, name, value as Value)} />
            ),
          })),
          {
            title: `→ ${say("rules.then")}`,
            render: (_: unknown, __: Case, index: number) => <Answered tried={tried?.[index]} subject={subject} named={named} />,
          },
          {
            title: "",
            align: "right" as const,
            render: (_: unknown, of: Case, index: number) => (
              <Button
                size="small"
                type="text"
                danger
                disabled={cases.length === 1}
                icon={<DeleteOutlined />}
                aria-label={say("rules.remove_case", { n: index + 1 })}
                onClick={() => setCases(cases.filter((each) => each.id !== of.id))}
              />
            ),
          },
        ]}
      />
      <Space wrap style={{ marginTop: 12 }}>
        <Button icon={<PlusOutlined />} disabled={draft.facts.length === 0} onClick={() => setCases([...cases, { id: Math.max(...cases.map((each) => each.id)) + 1, facts: {} }])}>
          {say("rules.add_case")}
        </Button>
        <Button type="primary" ghost loading={trying.isPending} disabled={draft.rows.length === 0} onClick={() => trying.mutate()}>
          {say("rules.try_cases")}
        </Button>
      </Space>
      {trying.error && <Alert type="error" showIcon title={words(trying.error)} style={{ marginTop: 12 }} />}
    </Card>
  );
}

/** What the table answers for one case, and by which test each row before it, or every row, was passed over. */
function Answered({ tried, subject, named }: { tried: Tried | undefined; subject: Subject; named: (fact: string) => string }) {
  const say = useSay();
  const pick = usePick();
  const word = useWord();
  const joined = useListed();
  if (!tried) return <span className="soft">–</span>;
  const shown = (name: string, value: unknown) => (subject.outcomes[name]?.one_of?.length ? word("verdict", String(value)) : Array.isArray(value) ? value.join(" ") : String(value));
  const passedOver = tried.rows.filter((row) => !row.fits);
  return (
    <div className="stack tight">
      {tried.hits.length === 0 && <span>{say("rules.test_otherwise")}</span>}
      {tried.hits.map((row, n) => (
        <span key={row}>
          <Tag color="green">{row}</Tag>
          {Object.entries(tried.outcomes[n] ?? {})
            .map(([name, value]) => `${pick(subject.outcomes[name] ?? { zh: name, en: name })} ${shown(name, value)}`)
            .join(" · ")}
        </span>
      ))}
      {passedOver.map((row) => (
        <small key={row.id} className="soft">
          {say("rules.passed_over", { row: row.id, facts: joined(row.failed.map(named)) })}
        </small>
      ))}
    </div>
  );
}
