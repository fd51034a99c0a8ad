import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Modal, Progress, Skeleton, Space, Table, Tag } from "antd";
import { useState } from "react";
import { run, type Input, type Item } from "../api/actions";
import { useForm } from "../api/forms";
import { useGrant } from "../app/session";
import { useSay } from "../i18n";
import { here, noteFinished } from "./finished";
import { newKey } from "./keys";
import { SchemaForm, toInput } from "./SchemaForm";
import { useWords } from "./Wrong";
import { Refused } from "../api/client";

export interface Target {
  key: string;
  title: string;
  input: Input;
}

interface Props {
  action: string;
  label: string;
  targets: Target[];
  grant?: string;
  onDone?: () => void;
  isDanger?: boolean;
}

interface Told {
  key: string;
  title: string;
  /** Nothing while it waits, an empty text when it is done, else why it was refused. */
  problem: string | null;
}

/** So many go in one request: the progress moves, and what is under way when a page is closed is little. */
const AT_ONCE = 20;

/** An action on each of many rows: one form for what they share, progress, and what became of each. */
export function BatchButton({ action, label, targets, grant = action, onDone, isDanger }: Props) {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  if (!useGrant(grant)) return null;
  return (
    <>
      <Button danger={isDanger} disabled={targets.length === 0} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen && <Batch title={`${label} · ${say("batch.count", { n: targets.length })}`} action={action} targets={targets} onClose={() => setOpen(false)} onDone={onDone} />}
    </>
  );
}

function Batch({ title, action, targets, onClose, onDone }: { title: string; action: string; targets: Target[]; onClose: () => void; onDone?: () => void }) {
  const say = useSay();
  const words = useWords();
  const client = useQueryClient();
  const described = useForm(action, true);
  const [form] = Form.useForm<Record<string, unknown>>();
  const [mine] = useState(targets); // those that were chosen; the list behind goes on changing
  const [told, setTold] = useState<Told[] | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const done = told?.filter((each) => each.problem !== null).length ?? 0;
  const refused = told?.filter((each) => each.problem) ?? [];

  const start = async (which: Target[]) => {
    if (!described) return;
    const link = here();
    const shared = toInput(described, await form.validateFields());
    setRunning(true);
    setError(null);
    const outcome = new Map<string, string>();
    const show = () => setTold(mine.map(({ key, title: name }) => ({ key, title: name, problem: outcome.get(key) ?? (which.some((each) => each.key === key) ? null : "") })));
    show();
    try {
      for (let at = 0; at < which.length; at += AT_ONCE) {
        const some = which.slice(at, at + AT_ONCE);
        const answers = (await run(action, some.map((each) => ({ ...shared, ...each.input })), newKey())) as Item[];
        some.forEach((each, index) => {
          const answer = answers[index];
          outcome.set(each.key, answer?.ok ? "" : answer?.error ? words(new Refused(answer.error)) : "?");
        });
        show();
      }
      const done = [...outcome.values()].filter((problem) => problem === "").length;
      if (which.length > AT_ONCE) await noteFinished("batch.finished", { what: title, done, refused: which.length - done }, link);
    } catch (problem) {
      setError(problem);
    } finally {
      setRunning(false);
      await client.invalidateQueries();
    }
  };
  const close = () => {
    if (isRunning) return;
    if (told) onDone?.();
    onClose();
  };
  const again = mine.filter((each) => told?.find((one) => one.key === each.key)?.problem !== "");
  return (
    <Modal
      open
      title={title}
      width={620}
      onCancel={close}
      mask={{ closable: false }}
      footer={
        <Space>
          <Button onClick={close} disabled={isRunning}>
            {say(told ? "batch.close" : "action.cancel")}
          </Button>
          {(!told || again.length > 0) && (
            <Button type="primary" loading={isRunning} disabled={!described} onClick={() => void start(told ? again : mine).catch(() => undefined)}>
              {told ? say("batch.again", { n: again.length }) : say("action.run")}
            </Button>
          )}
        </Space>
      }
    >
      {described ? <SchemaForm described={described} given={mine[0]?.input ?? {}} form={form} onChange={() => undefined} /> : <Skeleton active />}
      {error !== null && <Alert type="error" showIcon title={words(error)} />}
      {told && (
        <>
          <Progress percent={Math.round((done / mine.length) * 100)} status={isRunning ? "active" : refused.length > 0 ? "exception" : "success"} />
          <p aria-live="polite">{say("batch.told", { done: done - refused.length, refused: refused.length })}</p>
          <Table<Told>
            size="small"
            rowKey="key"
            pagination={{ pageSize: 8, hideOnSinglePage: true, showSizeChanger: false }}
            dataSource={[...refused, ...told.filter((each) => !each.problem)]}
            columns={[
              { title: say("batch.what"), dataIndex: "title" },
              {
                title: say("batch.outcome"),
                render: (_, each) =>
                  each.problem === null ? <Tag>{say("batch.waits")}</Tag> : each.problem === "" ? <Tag color="green">{say("action.done")}</Tag> : <span className="overdue">{each.problem}</span>,
              },
            ]}
          />
        </>
      )}
    </Modal>
  );
}
