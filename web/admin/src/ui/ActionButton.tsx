import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Modal, Skeleton, Space, type ButtonProps } from "antd";
import { useState, type ReactNode } from "react";
import { preview, run, type Effect, type Input } from "../api/actions";
import { useForm } from "../api/forms";
import { useGrant } from "../app/session";
import { useLang, useSay, type Lang } from "../i18n";
import { useDialog } from "./dialogs";
import { Effects } from "./Effects";
import { keyOf, newKey } from "./keys";
import { SchemaForm, toInput } from "./SchemaForm";
import { undoing } from "./undoing";
import { useWords } from "./Wrong";

interface Props {
  action: string;
  label: string;
  /** What is known already; the rest is asked for. */
  given?: Input;
  grant?: string;
  /** Fields that this page demands although the action does not. */
  required?: string[];
  /** What is asked by a control of its own: these fields, told as a part of the input. */
  asks?: Asks;
  /** Whether it can be previewed; not where a rehearsal is refused. */
  isRehearsed?: boolean;
  /** How wide the dialog is; as wide as a form needs, if nothing is said. */
  width?: number;
  /** Told what the action answered. */
  onDone?: (result: unknown) => void;
  button?: ButtonProps;
}

interface Asks {
  fields: string[];
  control: (tell: (input: Input) => void) => ReactNode;
}

/**
 * A button for any action of the registry: its form comes from its schema, a preview shows what it would do, and a
 * second click on "do it" is the same request, and another input is another one. Hidden from whoever lacks the grant.
 */
export function ActionButton({ action, label, given = {}, grant = action, required, isRehearsed = true, asks, width, onDone, button }: Props) {
  const open = useDialog();
  if (!useGrant(grant)) return null;
  const ask = () => open((close) => <Doing action={action} label={label} given={given} required={required} isRehearsed={isRehearsed} asks={asks} width={width} onDone={onDone} onClose={close} />);
  return (
    <Button {...button} onClick={ask}>
      {label}
    </Button>
  );
}

interface DoingProps {
  action: string;
  label: string;
  given: Input;
  required: string[] | undefined;
  isRehearsed: boolean;
  asks: Asks | undefined;
  width: number | undefined;
  onDone: ((result: unknown) => void) | undefined;
  onClose: () => void;
}

function Doing({ action, label, given, required, isRehearsed, asks, width, onDone, onClose }: DoingProps) {
  const say = useSay();
  const lang = useLang();
  const words = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const described = useForm(action, true);
  const inverse = useForm(described?.inverse === action ? undefined : described?.inverse, true);
  const [form] = Form.useForm<Record<string, unknown>>();
  const [keys] = useState(() => new Map<string, string>());
  const [effects, setEffects] = useState<Effect[] | null>(null);
  const [told, setTold] = useState<Input>({});
  const hidden = Object.fromEntries((asks?.fields ?? []).map((name) => [name, undefined]));
  const tell = (input: Input) => {
    setTold(input);
    setEffects(null);
  };

  const read = async (): Promise<Input> => ({ ...given, ...(described ? toInput(described, await form.validateFields()) : {}), ...told });
  const looking = useMutation({
    mutationFn: async () => preview(action, await read()),
    onMutate: () => setEffects(null),
    onSuccess: (shown) => setEffects(shown.effects),
  });
  const doing = useMutation({
    mutationFn: async () => {
      const input = await read();
      return [await run(action, input, keyOf(input, keys)), input] as const;
    },
    onSuccess: async ([result, input]) => {
      await client.invalidateQueries();
      tellDone(result, input);
      onDone?.(result);
      onClose();
    },
  });
  const tellDone = (result: unknown, input: Input) => {
    const key = newKey();
    const back = inverse && undoing(input, result, inverse);
    const undo = async () => {
      message.destroy(key);
      try {
        await run(described?.inverse ?? "", back ?? {}, key);
        void message.success(say("action.undone"));
      } catch (problem) {
        void message.error(words(problem));
      }
      await client.invalidateQueries();
    };
    const told = `${label} · ${say("action.done")}`;
    if (!back) void message.success(told);
    else
      void message.success({
        key,
        duration: 8,
        content: (
          <>
            {told}
            <Button type="link" size="small" onClick={() => void undo()}>
              {say("action.undo")}
            </Button>
          </>
        ),
      });
  };
  const error = doing.error ?? looking.error;
  return (
    <Modal
      open
      title={label}
      width={width ?? 520}
      onCancel={onClose}
      footer={
        <Space>
          <Button onClick={onClose}>{say("action.cancel")}</Button>
          {isRehearsed && (
            <Button loading={looking.isPending} disabled={!described} onClick={() => looking.mutate()}>
              {say("action.preview")}
            </Button>
          )}
          <Button type="primary" loading={doing.isPending} disabled={!described} onClick={() => doing.mutate()}>
            {say("action.run")}
          </Button>
        </Space>
      }
    >
      {described ? <p className="soft">{firstSentence(described.summary, lang)}</p> : <Skeleton active />}
      {described && asks?.control(tell)}
      {described && <SchemaForm described={described} given={{ ...given, ...hidden }} required={required} form={form} onChange={() => setEffects(null)} />}
      {error && !isInvalidForm(error) && <Alert type="error" showIcon title={words(error)} />}
      {effects && (
        <>
          <h4>{say("action.effects")}</h4>
          <Effects effects={effects} />
        </>
      )}
    </Modal>
  );
}

/** The form marks its own fields; nothing more is to be said then. */
const isInvalidForm = (error: unknown): boolean => typeof error === "object" && error !== null && "errorFields" in error;

/** What an action does, for people: its first sentence, where the server says it in their language. */
function firstSentence(summary: string, lang: Lang): string {
  const sentence = /^.*?[.。](?=\s|$)/.exec(summary)?.[0] ?? summary;
  return lang === "en" || /[\u4e00-\u9fff]/.test(sentence) ? sentence : "";
}
