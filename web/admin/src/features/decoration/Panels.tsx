import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined, CopyOutlined, DeleteOutlined } from "@ant-design/icons";
import { createUsePuck, Drawer, Puck, type ComponentData } from "@puckeditor/core";
import { Button, DatePicker, Empty, Input, InputNumber, Segmented, Select, Space, Tag } from "antd";
import dayjs from "dayjs";
import { useListed, useSay, useWord } from "../../i18n";
import { Fields } from "./Fields";
import { AUDIENCES, KINDS, NAMES, type Kind, type Values } from "./kinds";
import { blockOf, type Draft, type FootSpot } from "./page";
import { lacking } from "./ready";

export const useCanvas = createUsePuck();
export const ZONE = "root:default-zone";

/** Choose a block by its place; -1 for the page itself. */
export function useChoose(): (at: number) => void {
  const dispatch = useCanvas((puck) => puck.dispatch);
  return (at) => dispatch({ type: "setUi", ui: { itemSelector: at < 0 ? null : { index: at, zone: ZONE } } });
}

/** Every kind of block: to be dragged into the list, or clicked, which adds it after the chosen one. */
export function Palette() {
  const say = useSay();
  const word = useWord();
  const dispatch = useCanvas((puck) => puck.dispatch);
  const content = useCanvas((puck) => puck.appState.data.content);
  const chosen = useCanvas((puck) => puck.appState.ui.itemSelector);
  const choose = useChoose();
  const add = (kind: Kind) => {
    const at = chosen ? chosen.index + 1 : content.length;
    dispatch({ type: "insert", componentType: kind, destinationIndex: at, destinationZone: ZONE });
    choose(at);
  };
  return (
    <section aria-label={say("decor.palette")}>
      <h2 className="decor-title">{say("decor.palette")}</h2>
      <p className="soft decor-hint">{say("decor.palette_hint")}</p>
      <div
        className="decor-palette"
        onKeyDownCapture={(event) => {
          const kind = event.key === "Enter" && kindAt(event.target as Element);
          if (!kind) return;
          event.preventDefault();
          event.stopPropagation();
          add(kind);
        }}
      >
        <Drawer>
          {NAMES.map((kind) => (
            <Drawer.Item key={kind} name={kind} label={word("block_kind", kind)}>
              {() => (
                <div className="decor-kind" onClick={() => add(kind)}>
                  <i aria-hidden="true">{KINDS[kind].sign}</i>
                  {word("block_kind", kind)}
                </div>
              )}
            </Drawer.Item>
          ))}
        </Drawer>
      </div>
    </section>
  );
}

/** The kind of an item of the palette, which the canvas names in its mark for tests; null elsewhere. */
const kindAt = (element: Element): Kind | null => (element.closest("[data-testid^='drawer-item:']")?.getAttribute("data-testid")?.slice("drawer-item:".length) as Kind | undefined) ?? null;

/** The blocks of the page in their order, to be dragged and chosen. */
export function Blocks() {
  const say = useSay();
  const content = useCanvas((puck) => puck.appState.data.content) as ComponentData[];
  const count = content.length;
  const choose = useChoose();
  return (
    <section
      aria-label={say("decor.blocks")}
      onKeyDownCapture={(event) => {
        const id = event.key === "Enter" && (event.target as Element).closest("[data-puck-component]")?.getAttribute("data-puck-component");
        if (!id) return;
        event.preventDefault();
        event.stopPropagation();
        choose(content.findIndex((each) => each.props.id === id));
      }}
    >
      <h2 className="decor-title">
        {say("decor.blocks")} <span className="soft">{count}</span>
      </h2>
      {count === 0 && <p className="soft">{say("decor.empty")}</p>}
      <Puck.Preview />
    </section>
  );
}

/** How a block stands in the list: its kind, what it says, what is still lacking, and whether everybody sees it always. */
export function BlockCard({ kind, values }: { kind: Kind; values: Values }) {
  const listed = useListed();
  const say = useSay();
  const word = useWord();
  const block = { kind, key: "", ...values } as unknown as Parameters<typeof lacking>[0];
  const wanting = lacking(block);
  const isTimed = Boolean(values.from_at ?? values.until_at);
  const audience = String(values.audience ?? "everyone");
  const said = told(kind, values);
  return (
    <div className="decor-card">
      <i aria-hidden="true">{KINDS[kind].sign}</i>
      <span>
        <b>{word("block_kind", kind)}</b>
        {said && <small>{said}</small>}
        <Space size={4} wrap>
          {wanting.length > 0 && <Tag color="gold">{say("decor.to_fill", { what: listed(wanting.map((each) => say(each))) })}</Tag>}
          {isTimed && <Tag>{say("decor.scheduled")}</Tag>}
          {audience !== "everyone" && <Tag>{word("audience", audience)}</Tag>}
        </Space>
      </span>
    </div>
  );
}

function told(kind: Kind, values: Values): string {
  if (kind === "carousel") return ((values.slides as Values[]) ?? []).map((each) => String(each.title ?? "")).filter(Boolean).join(" / ");
  if (kind === "text") return ((values.body as Values[]) ?? []).map((each) => String(each.text ?? "")).filter(Boolean).join(" ");
  return String(values.title ?? "") || String(values.text ?? "");
}

/** What is chosen, to be filled in: a block, or the page itself. */
export function Settings({ slug, slugs }: { slug: string; slugs: readonly string[] }) {
  const say = useSay();
  const item = useCanvas((puck) => puck.selectedItem) as ComponentData | null;
  const at = useCanvas((puck) => puck.appState.ui.itemSelector?.index ?? -1);
  return (
    <section aria-label={say(item ? "decor.selected" : "decor.page_settings")}>
      {item ? <OfBlock item={item} at={at} slugs={slugs} key={String(item.props.id)} /> : <OfPage isHome={slug === "home"} />}
    </section>
  );
}

function OfPage({ isHome }: { isHome: boolean }) {
  const say = useSay();
  const dispatch = useCanvas((puck) => puck.dispatch);
  const root = useCanvas((puck) => puck.appState.data.root) as { props?: Partial<Draft> };
  const write = (part: Values) => dispatch({ type: "replaceRoot", root: { props: { ...root.props, ...part } } });
  return (
    <>
      <h2 className="decor-title">{say("decor.page_settings")}</h2>
      <div className="field">
        <div className="field-label">{say("decor.name")}</div>
        <Input aria-label={say("decor.name")} maxLength={60} status={root.props?.title?.trim() ? undefined : "error"} value={root.props?.title ?? ""} onChange={(event) => write({ title: event.target.value })} />
      </div>
      <div className="field">
        <div className="field-label">{say("decor.title_en")}</div>
        <Input aria-label={say("decor.title_en")} maxLength={60} value={root.props?.title_en ?? ""} onChange={(event) => write({ title_en: event.target.value })} />
      </div>
      {!isHome && <FootField value={root.props?.foot ?? null} onChange={(foot) => write({ foot })} />}
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("decor.select_hint")} />
    </>
  );
}

const GROUPS = ["buying", "service", "about"] as const;

/** Whether the page stands in the mall's foot, under what, and where there. */
function FootField({ value, onChange }: { value: FootSpot | null; onChange: (foot: FootSpot | null) => void }) {
  const say = useSay();
  const word = useWord();
  return (
    <div className="field">
      <div className="field-label">{say("decor.foot")}</div>
      <Space.Compact block>
        <Select<FootSpot["group"] | "">
          aria-label={say("decor.foot")}
          value={value?.group ?? ""}
          onChange={(group) => onChange(group ? { group, place: value?.place ?? 50 } : null)}
          options={[{ value: "" as FootSpot["group"] | "", label: say("decor.foot_none") }, ...GROUPS.map((each) => ({ value: each as FootSpot["group"] | "", label: word("foot_group", each) }))]}
          style={{ flex: 1 }}
        />
        {value && <InputNumber aria-label={say("decor.foot_place")} title={say("decor.foot_place")} min={1} max={99} precision={0} value={value.place ?? 50} onChange={(place) => onChange({ ...value, place: place ?? 50 })} style={{ width: 72 }} />}
      </Space.Compact>
      <p className="soft decor-hint">{say("decor.foot_hint")}</p>
    </div>
  );
}

function OfBlock({ item, at, slugs }: { item: ComponentData; at: number; slugs: readonly string[] }) {
  const say = useSay();
  const word = useWord();
  const dispatch = useCanvas((puck) => puck.dispatch);
  const count = useCanvas((puck) => puck.appState.data.content.length);
  const choose = useChoose();
  const kind = item.type as Kind;
  const values = item.props.values as Values;
  const write = (next: Values) => dispatch({ type: "replace", destinationIndex: at, destinationZone: ZONE, data: { ...item, props: { ...item.props, values: next } } });
  const move = (by: number) => {
    dispatch({ type: "reorder", sourceIndex: at, destinationIndex: at + by, destinationZone: ZONE });
    choose(at + by);
  };
  const remove = () => {
    choose(-1);
    dispatch({ type: "remove", index: at, zone: ZONE });
  };
  const { fields } = KINDS[kind];
  return (
    <>
      <div className="card-head">
        <h2 className="decor-title">{word("block_kind", kind)}</h2>
        <div className="decor-tools">
          <Button size="small" type="text" aria-label={say("decor.up")} title={say("decor.up")} icon={<ArrowUpOutlined />} disabled={at <= 0} onClick={() => move(-1)} />
          <Button size="small" type="text" aria-label={say("decor.down")} title={say("decor.down")} icon={<ArrowDownOutlined />} disabled={at >= count - 1} onClick={() => move(1)} />
          <Button size="small" type="text" aria-label={say("decor.duplicate")} title={say("decor.duplicate")} icon={<CopyOutlined />} onClick={() => dispatch({ type: "duplicate", sourceIndex: at, sourceZone: ZONE })} />
          <Button size="small" type="text" danger aria-label={say("decor.delete")} title={say("decor.delete")} icon={<DeleteOutlined />} onClick={remove} />
          <Button size="small" type="text" aria-label={say("decor.close")} title={say("decor.close")} icon={<CloseOutlined />} onClick={() => choose(-1)} />
        </div>
      </div>
      {fields.length === 0 && <p className="soft">{say("decor.no_fields")}</p>}
      <Fields fields={fields} values={values} slugs={slugs} onChange={write} />
      <Showing values={values} onChange={(part) => write({ ...values, ...part })} />
    </>
  );
}

/** When a block is shown, and to whom. */
function Showing({ values, onChange }: { values: Values; onChange: (part: Values) => void }) {
  const say = useSay();
  const word = useWord();
  const moment = (name: "from_at" | "until_at", label: string) => (
    <DatePicker
      showTime={{ format: "HH:mm" }}
      format="YYYY-MM-DD HH:mm"
      aria-label={label}
      placeholder={label}
      value={values[name] ? dayjs(String(values[name])) : null}
      onChange={(at) => onChange({ [name]: at ? at.toISOString() : null })}
      style={{ width: "100%" }}
    />
  );
  return (
    <>
      <div className="field">
        <div className="field-label">{say("decor.when")}</div>
        <div className="stack decor-link">
          {moment("from_at", say("decor.from"))}
          {moment("until_at", say("decor.until"))}
        </div>
      </div>
      <div className="field">
        <div className="field-label">{say("decor.audience")}</div>
        <Segmented aria-label={say("decor.audience")} block value={String(values.audience ?? "everyone")} onChange={(audience) => onChange({ audience })} options={AUDIENCES.map((each) => ({ value: each as string, label: word("audience", each) }))} />
      </div>
    </>
  );
}

export const chosenBlock = (item: ComponentData | null): string | null => (item ? blockOf(item).key : null);
