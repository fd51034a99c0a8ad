import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton, Space, Table, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useListed, useSay, useWord } from "../../i18n";
import { useHappened } from "../../i18n/happened";
import { learn } from "../../i18n/words";
import * as posting from "../../i18n/words/posting";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import { Happened } from "../../ui/Named";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useAccountText } from "./books";
import { RuleEditor } from "./RuleEditor";

learn(posting);

type Rule = Schema<"Rule">;

const FOREVER = "1970-01-01";

const isActive = (rule: Rule): boolean => {
  const now = new Date().toISOString();
  return rule.active_from <= now && (!rule.active_to || rule.active_to > now);
};

/** How events become vouchers: the rules by name with the version in force, and every other one below it. */
export function PostingRules({ company }: { company: string }) {
  const say = useSay();
  const [edited, setEdited] = useState<Rule | "new" | null>(null);
  const mayPublish = useGrant("ledger.publish_rule");
  const told = useQuery({ queryKey: ["posting-rules", company], queryFn: () => given(api.GET("/api/v1/ledger/rules", { params: { query: { company } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const heads = new Map<string, Rule[]>();
  for (const rule of told.data) {
    const name = `${rule.company_id ?? ""} ${rule.name}`;
    heads.set(name, [rule, ...(heads.get(name) ?? [])]);
  }
  const rows = [...heads].map(([key, versions]) => {
    const newest = [...versions].sort((one, other) => other.version - one.version);
    return { key, rule: newest.find(isActive) ?? newest[0], versions: newest };
  });
  return (
    <>
      <div className="crud-bar">
        <span className="soft">{say("ledger.rules_hint")}</span>
        {mayPublish && (
          <Button type="primary" onClick={() => setEdited("new")}>
            {say("posting.new")}
          </Button>
        )}
      </div>
      <Table
        size="small"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={rows}
        expandable={{ expandedRowRender: (row) => <Versions rules={row.versions} />, rowExpandable: (row) => row.versions.length > 1 }}
        columns={[
          { title: say("ledger.rule"), render: (_, { rule }) => rule && <Named rule={rule} /> },
          { title: say("ledger.event"), render: (_, { rule }) => rule && <Happened name={rule.event} isBelow /> },
          { title: say("ledger.posts"), render: (_, { rule }) => rule && <Posts rule={rule} company={company} /> },
          {
            title: "",
            align: "right",
            fixed: "end",
            render: (_, { rule }) =>
              rule && (
                <Space>
                  {mayPublish && (
                    <Button size="small" onClick={() => setEdited(rule)}>
                      {say("posting.next")}
                    </Button>
                  )}
                  {rule.origin === "merchant" && isActive(rule) && (
                    <ActionButton action="ledger.retire_rule" label={say("ledger.retire")} given={{ company_id: rule.company_id, name: rule.name }} button={{ size: "small" }} />
                  )}
                </Space>
              ),
          },
        ]}
      />
      {edited && <RuleEditor key={edited === "new" ? "new" : edited.name} company={company} rule={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </>
  );
}

function Named({ rule }: { rule: Rule }) {
  const lang = useLang();
  const happened = useHappened();
  const told = lang === "en" ? "" : rule.summary.replace(/\s*\{\w+\}\s*/g, " ").trim();
  return (
    <>
      <b>{told || happened(rule.name)}</b>
      <div>
        <code className="soft">{rule.name}</code>
      </div>
      <div>
        <Version rule={rule} />
      </div>
    </>
  );
}

function Version({ rule }: { rule: Rule }) {
  const say = useSay();
  const word = useWord();
  return (
    <Space size={4}>
      <Tag color={isActive(rule) ? "green" : undefined}>v{rule.version}</Tag>
      <Tag>{word("origin", rule.origin ?? "merchant")}</Tag>
      <span className="soft">
        {rule.active_from.startsWith(FOREVER) ? say("ledger.always") : when(rule.active_from)}
        {rule.active_to && ` – ${when(rule.active_to)}`}
      </span>
    </Space>
  );
}

/** What a rule writes: debit and credit with the field whose amount it is, and when. */
function Posts({ rule, company }: { rule: Rule; company: string }) {
  const say = useSay();
  const text = useAccountText(company);
  const word = useWord();
  const listed = useListed();
  const value = (it: unknown) => listed((Array.isArray(it) ? it : [it]).map((each) => word("value", String(each))));
  return (
    <div>
      {rule.when.map((each) => (
        <div key={`${each.field} ${each.op}`} className="soft">
          {say("ledger.when")} {`${word("field_of", each.field)} ${word("op", each.op)} ${value(each.value)}`}
        </div>
      ))}
      {rule.lines.map((line, index) => (
        <div key={index} className="wraps wide">
          {say("side.debit")} {text(line.debit.account)} · {say("side.credit")} {text(line.credit.account)} <span className="soft">{word("field_of", line.amount)}</span> {line.red && <Tag color="red">{say("ledger.red")}</Tag>}
        </div>
      ))}
      {rule.lines.length === 0 && <span className="soft">{say("ledger.posts_nothing")}</span>}
    </div>
  );
}

function Versions({ rules }: { rules: Rule[] }) {
  return (
    <div className="stack">
      {rules.map((rule) => (
        <div key={rule.version}>
          <Version rule={rule} /> {rule.summary}
        </div>
      ))}
    </div>
  );
}
