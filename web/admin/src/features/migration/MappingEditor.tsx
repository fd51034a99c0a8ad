import { InboxOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Card, Form, Input, Select, Table, Upload } from "antd";
import { useEffect, useState } from "react";
import type { Schema } from "../../api/client";
import { useListed, usePick, useSay, useWord } from "../../i18n";
import { useAct } from "../../ui/useAct";
import { useWords } from "../../ui/Wrong";
import { ENDS, look } from "./sending";
import { guessed, mapped, namesOf, useHeading, type Chosen } from "./mapping";

interface Props {
  base: Schema<"KnownSheet">;
  first: File | undefined;
  onClose: () => void;
  onSaved: (name: string, file: File) => void;
}

/** Which column of one's own sheet is which: saved under a name, so that the next sheet of the kind comes in at once. */
export function MappingEditor({ base, first, onClose, onSaved }: Props) {
  const say = useSay();
  const listed = useListed();
  const pick = usePick();
  const words = useWords();
  const heading = useHeading();
  const [file, setFile] = useState<File>();
  const [chosen, setChosen] = useState<Chosen>({});
  const [form] = Form.useForm<{ name: string; title: string }>();
  const looking = useMutation({ mutationFn: look, onSuccess: (seen) => setChosen(guessed(base, seen.headers)) });
  const saving = useAct("migration.save_mapping", () => {
    if (file) onSaved(form.getFieldValue("name") as string, file);
  });
  const take = (taken: File) => {
    setFile(taken);
    looking.mutate(taken);
  };
  useEffect(() => {
    if (first) take(first);
    // only what is there when the editor opens
  }, []);
  const seen = looking.data;
  const missing = base.columns.filter((each) => each.required && !chosen[each.header]);
  const twice = Object.values(chosen).filter((each, place, all) => each && all.indexOf(each) !== place);
  const save = ({ name, title }: { name: string; title: string }) => saving.mutate({ sheet: mapped(base, chosen, name, title) });
  return (
    <Card title={say("imports.map_title", { sheet: pick(base) })} extra={<Button onClick={onClose}>{say("action.cancel")}</Button>} data-testid="mapping">
      <p className="soft">{say("imports.map_hint")}</p>
      <Upload.Dragger accept={ENDS} showUploadList={false} disabled={looking.isPending} beforeUpload={(taken) => (take(taken), false)}>
        <InboxOutlined /> {file?.name ?? say("imports.own_sheet")}
      </Upload.Dragger>
      {looking.error && <Alert type="error" showIcon title={words(looking.error)} style={{ marginTop: 12 }} />}
      {seen && (
        <>
          <Columns base={base} seen={seen} chosen={chosen} onChange={setChosen} />
          <Form form={form} layout="inline" initialValues={namesOf(base, file?.name ?? "")} onFinish={save} style={{ marginTop: 12 }}>
            <Form.Item name="title" label={say("imports.title")} rules={[{ required: true, max: 80 }]}>
              <Input />
            </Form.Item>
            <Form.Item name="name" label={say("imports.name")} rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9-]{0,63}$/, message: say("imports.name_hint") }]}>
              <Input />
            </Form.Item>
            <Button type="primary" loading={saving.isPending} disabled={missing.length > 0 || twice.length > 0} htmlType="submit">
              {say("imports.save")}
            </Button>
          </Form>
          {missing.length > 0 && <p className="overdue">{say("imports.missing", { columns: listed(missing.map(heading)) })}</p>}
          {twice.length > 0 && <p className="overdue">{say("imports.twice", { columns: listed(twice.map((each) => each ?? "")) })}</p>}
        </>
      )}
    </Card>
  );
}

interface ColumnsProps {
  base: Schema<"KnownSheet">;
  seen: Schema<"SheetLook">;
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}

function Columns({ base, seen, chosen, onChange }: ColumnsProps) {
  const say = useSay();
  const word = useWord();
  const heading = useHeading();
  const example = (header: string | undefined) => {
    const place = header ? seen.headers.indexOf(header) : -1;
    return place < 0 ? "" : seen.samples.map((row) => row[place]).filter(Boolean).slice(0, 3).join(" · ");
  };
  return (
    <Table
      size="small"
      style={{ marginTop: 12 }}
      rowKey="header"
      pagination={false}
      dataSource={[...base.columns]}
      columns={[
        { title: say("imports.ours"), render: (_, column) => <b>{heading(column)}</b> },
        { title: say("imports.kind"), render: (_, column) => `${word("cell", column.kind)}${column.required ? ` · ${say("sheets.required")}` : ""}` },
        {
          title: say("imports.yours"),
          width: 280,
          render: (_, column) => (
            <Select
              allowClear
              showSearch
              aria-label={say("imports.column_of", { column: heading(column) })}
              placeholder={say("imports.none")}
              style={{ width: "100%" }}
              value={chosen[column.header]}
              onChange={(header: string | undefined) => onChange({ ...chosen, [column.header]: header })}
              options={seen.headers.map((header) => ({ value: header, label: header }))}
            />
          ),
        },
        { title: say("imports.example"), render: (_, column) => <span className="soft">{example(chosen[column.header])}</span> },
      ]}
    />
  );
}
