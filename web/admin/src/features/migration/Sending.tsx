import { DownloadOutlined, InboxOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, Progress, Space, Tag, Upload } from "antd";
import { useEffect, useState } from "react";
import { Refused, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, usePick, useSay, useWord } from "../../i18n";
import { csv, download } from "../../ui/format";
import { useWords } from "../../ui/Wrong";
import { Refusals } from "./Refusals";
import { useHeading } from "./mapping";
import { bring, ENDS, rehearse } from "./sending";

interface Props {
  sheet: Schema<"KnownSheet">;
  /** A file that was chosen before, as when its headers have just been mapped. */
  first: File | undefined;
  onBegun: (begun: Schema<"BegunSheet">) => void;
  /** Its headers are to be told apart first. */
  onUnlike: (file: File | undefined) => void;
}

/** A sheet is tried before it is brought in: what is wrong with its rows is told while nothing has changed. */
export function Sending({ sheet, first, onBegun, onUnlike }: Props) {
  const say = useSay();
  const word = useWord();
  const pick = usePick();
  const heading = useHeading();
  const words = useWords();
  const client = useQueryClient();
  const maySave = useGrant("migration.save_mapping");
  const [file, setFile] = useState<File>();
  const trying = useMutation({ mutationFn: (taken: File) => rehearse(sheet.name, taken) });
  const bringing = useMutation({
    mutationFn: (taken: File) => bring(sheet.name, taken),
    onSuccess: async (begun) => {
      setFile(undefined);
      trying.reset();
      onBegun(begun);
      await client.invalidateQueries({ queryKey: ["/api/v1/imports"] });
    },
  });
  const take = (taken: File) => {
    bringing.reset();
    setFile(taken);
    trying.mutate(taken);
  };
  useEffect(() => {
    if (first) take(first);
    // only what is there when the card opens
  }, []);
  const wrong = bringing.error ?? trying.error;
  const isUnlike = wrong instanceof Refused && wrong.problem.code === "migration.HeadersUnknown";
  return (
    <Card
      title={pick(sheet)}
      extra={
        <Space>
          {maySave && <Button onClick={() => onUnlike(file)}>{say("imports.map")}</Button>}
          <Button icon={<DownloadOutlined />} onClick={() => download(csv([sheet.columns.map(heading)]), `${sheet.name}.csv`)}>
            {say("sheets.template")}
          </Button>
        </Space>
      }
    >
      <Space wrap style={{ marginBottom: 12 }}>
        {sheet.columns.map((each) => (
          <Tag key={each.header} color={each.required ? "green" : "default"}>
            {heading(each)}
            {each.required && ` · ${say("sheets.required")}`}
            {each.kind !== "text" && ` · ${word("cell", each.kind)}`}
          </Tag>
        ))}
      </Space>
      <Upload.Dragger accept={ENDS} showUploadList={false} disabled={trying.isPending || bringing.isPending} beforeUpload={(taken) => (take(taken), false)}>
        <p>
          <InboxOutlined /> {trying.isPending ? say("imports.trying") : bringing.isPending ? say("sheets.sending") : (file?.name ?? say("sheets.drop"))}
        </p>
        <p className="soft">{say("sheets.drop_hint")}</p>
      </Upload.Dragger>
      {wrong && (
        <Alert
          type="error"
          showIcon
          title={words(wrong)}
          style={{ marginTop: 12 }}
          action={isUnlike && maySave ? <Button onClick={() => onUnlike(file)}>{say("imports.map")}</Button> : undefined}
        />
      )}
      {file && trying.data && <Tried file={file} tried={trying.data} isPending={bringing.isPending} onGo={() => bringing.mutate(file)} />}
    </Card>
  );
}

interface TriedProps {
  file: File;
  tried: Schema<"TriedSheet">;
  isPending: boolean;
  onGo: () => void;
}

function Tried({ file, tried, isPending, onGo }: TriedProps) {
  const say = useSay();
  const lang = useLang();
  const save = () => {
    const rows = tried.errors.map((each) => [each.row_no, each.column, lang === "en" ? each.en : each.zh]);
    download(csv([[say("sheets.row"), say("sheets.column"), say("sheets.why")], ...rows]), `${file.name.replace(/\.[^.]*$/, "")}-${say("sheets.errors")}.csv`);
  };
  return (
    <div style={{ marginTop: 12 }} data-testid="tried">
      <Progress percent={tried.inputs ? Math.round((100 * tried.ok) / tried.inputs) : 0} status={tried.refused ? "exception" : "success"} size="small" />
      <Space wrap style={{ marginBottom: 12 }}>
        {say("imports.tried", { rows: tried.rows.toLocaleString(), tried: tried.tried.toLocaleString(), ok: tried.ok, refused: tried.refused })}
        <Button type="primary" loading={isPending} disabled={tried.rows === 0} onClick={onGo}>
          {say("imports.go")}
        </Button>
      </Space>
      <Refusals
        errors={tried.errors}
        extra={
          <Button type="link" size="small" icon={<DownloadOutlined />} onClick={save}>
            {say("imports.errors")}
          </Button>
        }
      />
    </div>
  );
}
