import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Drawer, Input, InputNumber, Select, Space } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { useHappened } from "../../i18n/happened";
import { ActionButton } from "../../ui/ActionButton";
import { useWords } from "../../ui/Wrong";
import { useAccountText, useChart } from "./books";
import { draftOf, freshLine, isWhole, LISTS, nextKey, OPS, published, type ConditionRow, type Draft, type LineRow, type Rule } from "./posting";
import { Tried } from "./Tried";

type Fields = Schema<"EventField">[];

/** A posting rule, or the next version of one: written, tried on what has happened, published. */
export function RuleEditor({ company, rule, onClose }: { company: string; rule: Rule | null; onClose: () => void }) {
  const say = useSay();
  const words = useWords();
  const options = useOptions();
  const happened = useHappened();
  const [draft, setDraft] = useState<Draft>(() => draftOf(rule));
  const events = useQuery({ queryKey: ["rule-events"], queryFn: () => given(api.GET("/api/v1/ledger/rule-events")), staleTime: Infinity });
  const fields = events.data?.find((each) => each.name === draft.event)?.fields ?? [];
  const isNumber = (name: string) => fields.some((each) => each.name === name && each.kind === "number");
  const input = published(draft, company, isNumber);
  const trying = useMutation({
    mutationFn: () => given(api.POST("/api/v1/ledger/rule-trials", { body: { company_id: company, rule: input as unknown as Schema<"PublishRule"> } })),
  });
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    trying.reset();
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={1040}
      title={rule ? `${say("posting.next")} · ${rule.name}` : say("posting.new")}
      extra={
        <Space>
          <Button disabled={!isWhole(draft)} loading={trying.isPending} onClick={() => trying.mutate()}>
            {say("posting.try")}
          </Button>
          <ActionButton action="ledger.publish_rule" label={say("posting.publish")} given={input} onDone={onClose} button={{ type: "primary", disabled: !isWhole(draft) }} />
        </Space>
      }
    >
      <div className="stack">
        <label>
          {say("posting.name")}
          <Input value={draft.name} disabled={rule !== null} onChange={(event) => change({ name: event.target.value.trim() })} />
          <span className="soft">{say("posting.name_hint")}</span>
        </label>
        <label>
          {say("posting.event")}
          <Select
            showSearch={{ optionFilterProp: "label" }}
            aria-label={say("posting.event")}
            style={{ width: "100%" }}
            loading={events.isPending}
            value={draft.event}
            onChange={(event: string) => change({ event, when: [], lines: draft.lines.map((row) => ({ ...row, amount: undefined, debitParty: undefined, creditParty: undefined })) })}
            options={(events.data ?? []).map((each) => ({ value: each.name, label: `${happened(each.name)} ${each.name}` }))}
          />
        </label>
        <Conditions rows={draft.when} fields={fields} onChange={(when) => change({ when })} />
        <Lines company={company} rows={draft.lines} fields={fields} onChange={(lines) => change({ lines })} />
        <label>
          {say("posting.summary")}
          <Input value={draft.summary} maxLength={200} onChange={(event) => change({ summary: event.target.value })} />
          <span className="soft">{say("posting.summary_hint")}</span>
        </label>
        <Select
          aria-label={say("posting.insert")}
          placeholder={say("posting.insert")}
          value={null}
          style={{ width: 260 }}
          onChange={(field: string | null) => field && change({ summary: `${draft.summary}{${field}}` })}
          options={options(fields)}
        />
        {trying.error && <Alert type="error" showIcon title={words(trying.error)} />}
        {trying.data && <Tried tried={trying.data} company={company} />}
      </div>
    </Drawer>
  );
}

function useOptions(): (fields: Fields, ...kinds: string[]) => { value: string; label: string }[] {
  const word = useWord();
  const label = (name: string) => [...new Set([word("field_of", name), name])].join(" ");
  return (fields, ...kinds) => fields.filter((each) => kinds.length === 0 || kinds.includes(each.kind)).map((each) => ({ value: each.name, label: label(each.name) }));
}

function Conditions({ rows, fields, onChange }: { rows: ConditionRow[]; fields: Fields; onChange: (rows: ConditionRow[]) => void }) {
  const say = useSay();
  const word = useWord();
  const options = useOptions();
  const set = (key: number, part: Partial<ConditionRow>) => onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <section aria-label={say("posting.when")} className="lines">
      <b>{say("posting.when")}</b>
      {rows.length === 0 && <span className="soft">{say("posting.always")}</span>}
      {rows.map((row, index) => (
        <div key={row.key} className="line">
          <Select
            showSearch={{ optionFilterProp: "label" }}
            aria-label={say("posting.field", { n: index + 1 })}
            value={row.field}
            style={{ flex: 1 }}
            onChange={(field: string) => set(row.key, { field, value: LISTS.includes(row.op) ? [] : "" })}
            options={options(fields)}
          />
          <Select
            aria-label={say("posting.op", { n: index + 1 })}
            value={row.op}
            style={{ width: 140 }}
            onChange={(op: string) => set(row.key, { op, value: LISTS.includes(op) === LISTS.includes(row.op) ? row.value : LISTS.includes(op) ? [] : "" })}
            options={OPS.map((op) => ({ value: op, label: word("op", op) }))}
          />
          <Value label={say("posting.value", { n: index + 1 })} row={row} kind={fields.find((each) => each.name === row.field)?.kind} onChange={(value) => set(row.key, { value })} />
          <Button type="text" aria-label={say("posting.remove", { n: index + 1 })} icon={<DeleteOutlined />} onClick={() => onChange(rows.filter((each) => each.key !== row.key))} />
        </div>
      ))}
      <Button size="small" icon={<PlusOutlined />} disabled={fields.length === 0} onClick={() => onChange([...rows, { key: nextKey(rows), field: undefined, op: "eq", value: "" }])}>
        {say("posting.add_condition")}
      </Button>
    </section>
  );
}

/** The value that a field is compared with, by what the field holds. */
function Value({ label, row, kind, onChange }: { label: string; row: ConditionRow; kind: string | undefined; onChange: (value: ConditionRow["value"]) => void }) {
  const say = useSay();
  const style = { flex: 1 };
  if (LISTS.includes(row.op)) return <Select mode="tags" aria-label={label} style={style} value={Array.isArray(row.value) ? row.value : []} onChange={(value: string[]) => onChange(value)} />;
  if (kind === "flag")
    return (
      <Select<string>
        aria-label={label}
        style={style}
        value={typeof row.value === "boolean" ? String(row.value) : null}
        onChange={(value) => onChange(value === "true")}
        options={[
          { value: "true", label: say("yes") },
          { value: "false", label: say("no") },
        ]}
      />
    );
  if (kind === "number" || !["eq", "ne"].includes(row.op))
    return <InputNumber aria-label={label} style={style} precision={0} value={typeof row.value === "number" ? row.value : null} onChange={(value) => onChange(value ?? "")} />;
  return <Input aria-label={label} style={style} value={typeof row.value === "string" ? row.value : ""} onChange={(event) => onChange(event.target.value)} />;
}

function Lines({ company, rows, fields, onChange }: { company: string; rows: LineRow[]; fields: Fields; onChange: (rows: LineRow[]) => void }) {
  const say = useSay();
  const options = useOptions();
  const chart = useChart(company);
  const text = useAccountText(company);
  const accounts = (chart.data ?? []).map((each) => ({ value: each.code, label: text(each.code) }));
  const set = (key: number, part: Partial<LineRow>) => onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const pick = (what: "debit" | "credit", row: LineRow, n: number) => (
    <Space.Compact style={{ flex: 1 }}>
      <Select
        showSearch={{ optionFilterProp: "label" }}
        aria-label={say(`posting.${what}`, { n })}
        placeholder={say(`ledger.${what}`)}
        value={row[what]}
        style={{ width: "62%" }}
        onChange={(account: string) => set(row.key, { [what]: account })}
        options={accounts}
      />
      <Select
        allowClear
        aria-label={say(`posting.${what}_party`, { n })}
        placeholder={say("posting.party")}
        value={row[`${what}Party`]}
        style={{ width: "38%" }}
        onChange={(party: string | undefined) => set(row.key, { [`${what}Party`]: party })}
        options={options(fields, "id")}
      />
    </Space.Compact>
  );
  return (
    <section aria-label={say("posting.lines")} className="lines">
      <b>{say("posting.lines")}</b>
      {rows.length === 0 && <span className="soft">{say("posting.no_lines")}</span>}
      {rows.map((row, index) => (
        <div key={row.key} className="line">
          {pick("debit", row, index + 1)}
          {pick("credit", row, index + 1)}
          <Select
            aria-label={say("posting.amount", { n: index + 1 })}
            placeholder={say("posting.amount", { n: "" }).trim()}
            value={row.amount}
            style={{ width: 150 }}
            onChange={(amount: string) => set(row.key, { amount })}
            options={options(fields, "number")}
          />
          <Checkbox checked={row.red} onChange={(event) => set(row.key, { red: event.target.checked })}>
            {say("posting.red")}
          </Checkbox>
          <Button type="text" aria-label={say("posting.remove", { n: index + 1 })} icon={<DeleteOutlined />} onClick={() => onChange(rows.filter((each) => each.key !== row.key))} />
        </div>
      ))}
      <Button size="small" icon={<PlusOutlined />} onClick={() => onChange([...rows, freshLine(nextKey(rows))])}>
        {say("posting.add_line")}
      </Button>
    </section>
  );
}
