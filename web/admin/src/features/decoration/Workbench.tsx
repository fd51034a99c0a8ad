import { ArrowLeftOutlined, FullscreenExitOutlined, FullscreenOutlined, RedoOutlined, UndoOutlined } from "@ant-design/icons";
import { Puck, type ComponentConfig, type ComponentData, type Config } from "@puckeditor/core";
import "@puckeditor/core/no-external.css";
import { Alert, Button, DatePicker, Modal, Popconfirm, Segmented, Space, Tag } from "antd";
import dayjs from "dayjs";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useSay } from "../../i18n";
import { useKept } from "../../ui/kept";
import "./decoration.css";
import { History } from "./History";
import { NAMES, KINDS, type Kind, type Values } from "./kinds";
import { useLeaving } from "./leaving";
import { fromData, keyOf, leaveBehind, toData, type Draft } from "./page";
import { BlockCard, Blocks, chosenBlock, Palette, Settings, useCanvas, ZONE } from "./Panels";
import { Preview } from "./Preview";
import { useSaving } from "./saving";

const WIDTHS = [
  { value: 390, label: "decor.phone" },
  { value: 768, label: "decor.tablet" },
  { value: 1440, label: "decor.desk" },
] as const;

/** The canvas lists blocks; how they look is the mall's own business, which is shown beside it. */
const componentOf = (kind: Kind): ComponentConfig => ({
  defaultProps: { values: KINDS[kind].first },
  fields: {},
  render: ({ values }) => <BlockCard kind={kind} values={values as Values} />,
});
const CONFIG = {
  root: { fields: {}, render: ({ children }: { children: React.ReactNode }) => <>{children}</> },
  components: Object.fromEntries(NAMES.map((kind) => [kind, componentOf(kind)])),
} as Config;

export interface Opened {
  base: number;
  /** As it was saved last; what is edited may be something that was left behind. */
  saved: Draft;
  draft: Draft;
  isRestored: boolean;
  isOld: boolean;
}

interface Props {
  shop: string;
  slug: string;
  slugs: readonly string[];
  published: number | null;
  opened: Opened;
  /** Read the page anew, and forget what is on the bench. */
  onReload: () => void;
}

/** A page on the bench: its blocks, the mall as it would show them, what the chosen block says. */
export function Workbench({ opened, ...props }: Props) {
  const [draft, setDraft] = useState(opened.draft);
  const [first] = useState(() => toData(opened.draft));
  return (
    <Puck config={CONFIG} data={first} iframe={{ enabled: false }} onChange={(data) => setDraft(fromData(data))} height="auto" permissions={{ edit: true }} overrides={{ actionBar: () => <></> }}>
      <Bench {...props} opened={opened} draft={draft} />
    </Puck>
  );
}

function Bench({ shop, slug, slugs, published, opened, draft, onReload }: Props & { draft: Draft }) {
  const say = useSay();
  const dispatch = useCanvas((puck) => puck.dispatch);
  const content = useCanvas((puck) => puck.appState.data.content) as ComponentData[];
  const item = useCanvas((puck) => puck.selectedItem) as ComponentData | null;
  const [width, setWidth] = useKept("decoration.width", 390);
  const [isWide, setWide] = useState(false);
  const [isMember, setMember] = useState(false);
  const [at, setAt] = useState<string | null>(null);
  const [isTold, setTold] = useState(opened.isRestored);

  const known = useRef(content);
  known.current = content;
  const choose = useCallback(
    (key: string) => {
      const index = known.current.findIndex((each) => keyOf(String(each.props.id)) === key);
      if (index >= 0) dispatch({ type: "setUi", ui: { itemSelector: { index, zone: ZONE } } });
    },
    [dispatch],
  );
  const saving = useSaving(shop, slug, { base: opened.base, draft: opened.saved }, draft, choose);
  const left = useMemo(() => (saving.isChanged ? { ...draft, base: saving.base } : null), [saving.isChanged, saving.base, draft]);
  useLeaving(shop, slug, left);
  const discard = () => {
    leaveBehind(shop, slug, null);
    onReload();
  };
  return (
    <div className="decor">
      <Bar saving={saving} slug={slug} draft={draft} published={published}>
        <History shop={shop} slug={slug} published={published} onLoad={(loaded) => dispatch({ type: "setData", data: toData(loaded) })} />
      </Bar>
      {isTold && <Alert type="info" showIcon closable={{ onClose: () => setTold(false) }} title={say(opened.isOld ? "decor.restored_old" : "decor.restored")} action={<Button size="small" onClick={discard}>{say("decor.discard")}</Button>} />}
      <Space wrap className="decor-view">
        <Segmented aria-label={say("decor.preview_width")} value={width} onChange={setWidth} options={WIDTHS.map((each) => ({ value: each.value as number, label: say(each.label) }))} />
        <Segmented aria-label={say("decor.audience")} value={isMember ? "members" : "guests"} onChange={(who) => setMember(who === "members")} options={[{ value: "guests", label: say("decor.as_guest") }, { value: "members", label: say("decor.as_member") }]} />
        <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" aria-label={say("decor.at")} placeholder={`${say("decor.at")}：${say("decor.now")}`} value={at ? dayjs(at) : null} onChange={(moment) => setAt(moment ? moment.toISOString() : null)} />
        <Button icon={isWide ? <FullscreenExitOutlined /> : <FullscreenOutlined />} onClick={() => setWide(!isWide)}>
          {say(isWide ? "decor.narrow" : "decor.wide")}
        </Button>
      </Space>
      <div className={`decor-bench ${isWide ? "is-wide" : ""}`}>
        <div className="decor-panel decor-left">
          <Palette />
          <Blocks />
        </div>
        <Preview shop={shop} slug={slug} draft={draft} width={width} isMember={isMember} at={at} chosen={chosenBlock(item)} onChoose={choose} />
        <div className="decor-panel decor-right">
          <Settings slug={slug} slugs={slugs} />
        </div>
      </div>
      <Modal
        open={saving.movedOn !== null}
        title={say("decor.moved_on", { n: saving.movedOn ?? 0 })}
        onCancel={saving.forget}
        footer={
          <Space>
            <Button onClick={saving.forget}>{say("action.cancel")}</Button>
            <Button onClick={discard}>{say("decor.load_theirs")}</Button>
            <Button type="primary" loading={saving.isBusy} onClick={() => void saving.keepMine()}>
              {say("decor.keep_mine")}
            </Button>
          </Space>
        }
      >
        {say("decor.moved_on_hint")}
      </Modal>
    </div>
  );
}

interface BarProps {
  saving: ReturnType<typeof useSaving>;
  slug: string;
  draft: Draft;
  published: number | null;
  children: React.ReactNode;
}

const RECORDED_MS = 300;

/** One step back. The canvas notes a step only when the hands have rested: before that it would go back two. */
function useUndo(draft: Draft, back: () => void): () => void {
  const changed = useRef(0);
  const going = useRef(back);
  going.current = back;
  useEffect(() => {
    changed.current = performance.now();
  }, [draft]);
  return () => {
    const rest = changed.current + RECORDED_MS - performance.now();
    if (rest > 0) setTimeout(() => going.current(), rest);
    else going.current();
  };
}

function Bar({ saving, slug, draft, published, children }: BarProps) {
  const say = useSay();
  const { title } = draft;
  const history = useCanvas((puck) => puck.history);
  const undo = useUndo(draft, history.back);
  const next = saving.isChanged ? saving.base + 1 : saving.base;
  return (
    <div className="head decor-head">
      <div>
        <Link to="/decoration">
          <ArrowLeftOutlined /> {say("nav.decoration")}
        </Link>
        <h1>
          {title || say("decor.page")} <Tag>{slug}</Tag>
        </h1>
        <p className="soft" role="status">
          {say(saving.isChanged ? "decor.unsaved" : "decor.all_saved")} · {published === null ? say("decor.hidden") : say("decor.shown", { n: published })}
        </p>
      </div>
      <Space wrap>
        <Button aria-label={say("decor.undo")} title={`${say("decor.undo")} Ctrl-Z`} icon={<UndoOutlined />} disabled={!history.hasPast} onClick={undo} />
        <Button aria-label={say("decor.redo")} title={`${say("decor.redo")} Ctrl-Y`} icon={<RedoOutlined />} disabled={!history.hasFuture} onClick={() => history.forward()} />
        {children}
        <Button disabled={!saving.isChanged || !title.trim()} loading={saving.isBusy} onClick={() => void saving.save()}>
          {say("decor.save")}
        </Button>
        <Popconfirm title={say("decor.publish_ask", { n: next })} okText={say("decor.publish")} cancelText={say("action.cancel")} onConfirm={() => void saving.publish()}>
          <Button type="primary" disabled={!title.trim() || (!saving.isChanged && published === saving.base)}>
            {say("decor.publish")}
          </Button>
        </Popconfirm>
      </Space>
    </div>
  );
}
