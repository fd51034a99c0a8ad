import { ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Empty, Input, InputNumber, Select, Space, Switch, Table, Tooltip } from "antd";
import { usePick, useSay, useWord } from "../../i18n";
import { changed, freeId, movedUp, type Draft, type Row, type Subject } from "./table";

interface Props {
  subject: Subject;
  draft: Draft;
  onChange: (draft: Draft) => void;
}

/** A decision table as a sheet: a column for each fact that is asked for, then the answers. */
export function Editor({ subject, draft, onChange }: Props) {
  const say = useSay();
  const pick = usePick();
  const { facts, rows } = draft;
  const put = (index: number, part: Partial<Row>) => onChange({ facts, rows: changed(rows, index, part) });
  const others = Object.entries(subject.facts).filter(([name]) => !facts.includes(name));
  return (
    <>
      <Table
        size="small"
        rowKey="id"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={rows}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("rules.empty")} /> }}
        columns={[
          { title: say("rules.row"), dataIndex: "id", width: 64, render: (id: string) => <code>{id}</code> },
          ...facts.map((name) => ({
            key: name,
            title: (
              <Tooltip title={name}>
                <span className="wraps">{pick(subject.facts[name] ?? { zh: name, en: name })}</span>
              </Tooltip>
            ),
            render: (_: unknown, row: Row, index: number) => (
              <Input
                className="cell"
                placeholder={say("rules.any")}
                aria-label={`${row.id} ${name}`}
                value={row.when?.[name] ?? ""}
                onChange={(event) => put(index, { when: { ...row.when, [name]: event.target.value } })}
              />
            ),
          })),
          ...Object.entries(subject.outcomes).map(([name, outcome]) => ({
            key: `then ${name}`,
            title: <span className="wraps">→ {pick(outcome)}</span>,
            render: (_: unknown, row: Row, index: number) => (
              <Answer
                kind={outcome.kind}
                oneOf={outcome.one_of ?? []}
                label={`${row.id} ${name}`}
                value={row.then?.[name]}
                onChange={(value) => put(index, { then: { ...row.then, [name]: value } as Row["then"] })}
              />
            ),
          })),
          {
            title: say("rules.note"),
            render: (_: unknown, row: Row, index: number) => (
              <Input value={row.note ?? ""} aria-label={`${row.id} note`} onChange={(event) => put(index, { note: event.target.value })} style={{ width: 110 }} />
            ),
          },
          {
            title: "",
            render: (_: unknown, __: Row, index: number) => (
              <Space size={4}>
                <Button size="small" type="text" disabled={index === 0} icon={<ArrowUpOutlined />} aria-label={say("rules.up")} onClick={() => onChange({ facts, rows: movedUp(rows, index) })} />
                <Button size="small" type="text" danger icon={<DeleteOutlined />} aria-label={say("rules.remove_row")} onClick={() => onChange({ facts, rows: rows.filter((_row, each) => each !== index) })} />
              </Space>
            ),
          },
        ]}
      />
      <Space wrap style={{ marginTop: 12 }}>
        <Button icon={<PlusOutlined />} onClick={() => onChange({ facts, rows: [...rows, { id: freeId(rows), when: {}, then: {} }] })}>
          {say("rules.add_row")}
        </Button>
        <Select<string>
          showSearch={{ optionFilterProp: "label" }}
          placeholder={say("rules.add_fact")}
          aria-label={say("rules.add_fact")}
          value={null}
          style={{ minWidth: 220 }}
          options={others.map(([name, fact]) => ({ value: name, label: `${pick(fact)} · ${name}` }))}
          onChange={(name) => onChange({ facts: [...facts, name], rows })}
        />
      </Space>
      <p className="soft">{say("rules.cells")}</p>
    </>
  );
}

interface AnswerProps {
  kind: string;
  oneOf: readonly string[];
  label: string;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** One answer of a row, or one fact of a case, by its kind. */
export function Answer({ kind, oneOf, label, value, onChange }: AnswerProps) {
  const word = useWord();
  if (oneOf.length > 0) {
    const options = oneOf.map((each) => ({ value: each, label: word("verdict", each) }));
    return <Select allowClear aria-label={label} value={value} options={options} onChange={onChange} style={{ minWidth: 120 }} />;
  }
  if (kind === "bool") return <Switch aria-label={label} checked={value === true} onChange={onChange} />;
  if (kind === "number") {
    const number = typeof value === "number" ? value : null;
    return <InputNumber aria-label={label} value={number} onChange={(typed) => onChange(typed ?? undefined)} />;
  }
  if (kind === "list of strings") {
    const words = Array.isArray(value) ? value.map(String) : [];
    return <Select mode="tags" aria-label={label} value={words} onChange={onChange} style={{ minWidth: 160 }} />;
  }
  return <Input className="cell" aria-label={label} value={typeof value === "string" ? value : ""} onChange={(event) => onChange(event.target.value)} />;
}
