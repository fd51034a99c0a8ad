import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Card, Checkbox, DatePicker, Input, InputNumber, Segmented, Select, Space, Switch, TimePicker } from "antd";
import dayjs from "dayjs";
import { useState, type ReactNode } from "react";
import { useSay, useWord } from "../../i18n";
import { MoneyInput } from "../../ui/MoneyInput";
import { useShops } from "../names";
import { FigureControl } from "./Figures";
import { GoodsPicker } from "./GoodsPicker";
import { LAYERS, toolOf, WIDE, type Draft, type Funder, type Hours, type LimitName, type Scope } from "./tools";

interface Props {
  draft: Draft;
  write: (part: Partial<Draft>) => void;
  currency: string;
}

function Field({ label, hint, isWide = false, children }: { label: string; hint?: string; isWide?: boolean; children: ReactNode }) {
  return (
    <div className={isWide ? "field wide" : "field"}>
      <div className="field-label">{label}</div>
      {children}
      {hint && <div className="soft field-hint">{hint}</div>}
    </div>
  );
}

export function Names({ draft, write, isNew }: Props & { isNew: boolean }) {
  const say = useSay();
  return (
    <Card title={say("promotion.section_name")}>
      <div className="fields">
        <Field label={say("promotion.name")} hint={say("promotion.name_hint")}>
          <Input aria-label={say("promotion.name")} maxLength={100} value={draft.name} onChange={(event) => write({ name: event.target.value })} />
        </Field>
        <Field label={say("promotion.name_en")}>
          <Input aria-label={say("promotion.name_en")} maxLength={100} value={draft.name_en} onChange={(event) => write({ name_en: event.target.value })} />
        </Field>
        <Field label={say("promotion.code")} hint={isNew ? say("promotion.code_hint") : undefined}>
          <Input aria-label={say("promotion.code")} disabled={!isNew} maxLength={40} value={draft.code} onChange={(event) => write({ code: event.target.value.toUpperCase() })} />
        </Field>
      </div>
    </Card>
  );
}

export function Gives({ draft, write, currency }: Props) {
  const say = useSay();
  const word = useWord();
  const tool = toolOf(draft.benefit.kind);
  const asked = tool.figures.filter((each) => each.isAsked?.(draft.benefit) ?? true);
  const put = (layer: Draft["layer"]) => write({ layer, needs_coupon: layer === "coupon" ? true : draft.needs_coupon && layer !== "price" });
  return (
    <Card title={word("tool", tool.kind)}>
      <p className="soft">{word("tool_hint", tool.kind)}</p>
      <div className="fields">
        {asked.map((figure) => (
          <Field key={figure.name} isWide={WIDE.has(figure.as)} label={word(`figure_${tool.kind}`, figure.name) === figure.name ? word("figure", figure.name) : word(`figure_${tool.kind}`, figure.name)}>
            <FigureControl
              as={figure.as}
              name={word("figure", figure.name)}
              value={draft.benefit[figure.name]}
              onChange={(value) => write({ benefit: { ...draft.benefit, [figure.name]: value } })}
              benefit={draft.benefit}
              currency={currency}
            />
          </Field>
        ))}
        {tool.layers.length > 1 && (
          <Field label={say("promotion.layer")} hint={word("layer_hint", draft.layer)}>
            <Segmented value={draft.layer} onChange={put} options={tool.layers.map((each) => ({ value: each, label: word("layer", each) }))} />
          </Field>
        )}
        <Field label={say("promotion.needs_coupon")} hint={say("promotion.needs_coupon_hint")}>
          <Switch aria-label={say("promotion.needs_coupon")} checked={draft.needs_coupon} onChange={(needs_coupon) => write({ needs_coupon })} />
        </Field>
      </div>
    </Card>
  );
}

export function Who({ draft, write }: Props) {
  const say = useSay();
  const shops = useShops();
  const put = (part: Partial<Scope>) => write({ scope: { ...draft.scope, ...part } });
  const tags = (name: "levels" | "channels" | "regions") => (
    <Field label={say(`promotion.${name}`)} hint={say("promotion.all_if_empty")}>
      <Select aria-label={say(`promotion.${name}`)} mode="tags" open={false} suffixIcon={null} value={draft.scope[name]} onChange={(named: string[]) => put({ [name]: named })} style={{ width: "100%" }} />
    </Field>
  );
  return (
    <Card title={say("promotion.section_who")}>
      <Field label={say("promotion.include")} hint={say("promotion.include_hint")}>
        <GoodsPicker value={draft.scope.include} onChange={(include) => put({ include })} />
      </Field>
      <Field label={say("promotion.exclude")}>
        <GoodsPicker value={draft.scope.exclude} onChange={(exclude) => put({ exclude })} />
      </Field>
      <div className="fields">
        <Field label={say("promotion.shops")} hint={say("promotion.all_if_empty")}>
          <Select
            aria-label={say("promotion.shops")}
            mode="multiple"
            value={draft.scope.shops}
            onChange={(named: string[]) => put({ shops: named })}
            options={shops.map((each) => ({ value: each.id, label: each.name }))}
            style={{ width: "100%" }}
          />
        </Field>
        {tags("levels")}
        {tags("channels")}
        {tags("regions")}
      </div>
      <Field label={say("promotion.condition")} hint={say("promotion.condition_hint")}>
        <Input.TextArea aria-label={say("promotion.condition")} className="code" autoSize={{ minRows: 1, maxRows: 4 }} maxLength={2000} value={draft.condition} onChange={(event) => write({ condition: event.target.value })} />
      </Field>
    </Card>
  );
}

const minutes = (at: dayjs.Dayjs | null | undefined, otherwise: number) => (at ? at.hour() * 60 + at.minute() : otherwise);
const clock = (minute: number) => dayjs().startOf("day").add(Math.min(minute, 1_439), "minute");

export function WhenSection({ draft, write }: Props) {
  const say = useSay();
  const word = useWord();
  const { period, windows } = draft.when;
  const put = (part: Partial<Draft["when"]>) => write({ when: { ...draft.when, ...part } });
  const change = (at: number, part: Partial<Hours>) => put({ windows: windows.map((each, n) => (n === at ? { ...each, ...part } : each)) });
  return (
    <Card title={say("promotion.section_when")}>
      <Field label={say("promotion.period")} hint={say("promotion.timezone", { zone: draft.when.timezone })}>
        <DatePicker.RangePicker
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          allowEmpty={[false, true]}
          value={[dayjs(period.from), period.to ? dayjs(period.to) : null]}
          onChange={(range) => range?.[0] && put({ period: { from: range[0].toISOString(), to: range[1]?.toISOString() ?? null } })}
        />
      </Field>
      {windows.map((window, at) => (
        <div className="line" key={at}>
          <Checkbox.Group value={window.days} onChange={(days) => days.length > 0 && change(at, { days: days as number[] })} options={[1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: day, label: word("weekday", String(day)) }))} />
          <TimePicker.RangePicker
            format="HH:mm"
            value={[clock(window.start_minute), clock(window.end_minute)]}
            onChange={(range) => change(at, { start_minute: minutes(range?.[0], 0), end_minute: Math.max(minutes(range?.[1], 1_440), 1) })}
          />
          <Button aria-label={say("figure.remove")} type="text" icon={<DeleteOutlined />} onClick={() => put({ windows: windows.filter((_, n) => n !== at) })} />
        </div>
      ))}
      <Button size="small" icon={<PlusOutlined />} onClick={() => put({ windows: [...windows, { days: [6, 7], start_minute: 1_200, end_minute: 1_320 }] })}>
        {say("promotion.add_hours")}
      </Button>
    </Card>
  );
}

const COUNTS: LimitName[] = ["uses_total", "uses_per_buyer", "pieces_total", "pieces_per_buyer", "pieces_per_order", "times_per_order"];
const MONEY: LimitName[] = ["off_max_minor", "budget_minor"];

export function LimitsSection({ draft, write, currency }: Props) {
  const say = useSay();
  const word = useWord();
  const put = (name: LimitName, n: number | null) => write({ limits: { ...draft.limits, [name]: n } });
  return (
    <Card title={say("promotion.section_limits")} extra={<span className="soft">{say("promotion.unlimited_if_empty")}</span>}>
      <div className="fields four">
        {MONEY.map((name) => (
          <Field key={name} label={word("limit", name)}>
            <MoneyInput aria-label={word("limit", name)} value={draft.limits[name] ?? null} onChange={(minor) => put(name, minor)} currency={currency} />
          </Field>
        ))}
        {COUNTS.map((name) => (
          <Field key={name} label={word("limit", name)}>
            <InputNumber aria-label={word("limit", name)} min={1} precision={0} value={draft.limits[name] ?? null} onChange={(n) => put(name, n)} style={{ width: 150 }} />
          </Field>
        ))}
      </div>
    </Card>
  );
}

export function Standing({ draft, write }: Props) {
  const say = useSay();
  const word = useWord();
  const others = LAYERS.filter((each) => each !== draft.layer);
  const put = (part: Partial<Draft["combines"]>) => write({ combines: { ...draft.combines, ...part } });
  return (
    <Card title={say("promotion.section_standing")}>
      <Field label={say("promotion.beside")} hint={say("promotion.beside_hint")}>
        <Checkbox.Group
          value={draft.combines.layers}
          onChange={(layers) => put({ layers: LAYERS.filter((each) => each === draft.layer || (layers as string[]).includes(each)) })}
          options={others.map((each) => ({ value: each, label: word("layer", each) }))}
        />
      </Field>
      <div className="fields">
        <Field label={say("promotion.same_layer")} hint={say("promotion.same_layer_hint")}>
          <Switch aria-label={say("promotion.same_layer")} checked={draft.combines.same_layer} onChange={(same_layer) => put({ same_layer })} />
        </Field>
        <Field label={say("promotion.group")} hint={say("promotion.group_hint")}>
          <Input aria-label={say("promotion.group")} maxLength={40} value={draft.group ?? ""} onChange={(event) => write({ group: event.target.value || null })} />
        </Field>
        <Field label={say("promotion.priority")} hint={say("promotion.priority_hint")}>
          <InputNumber aria-label={say("promotion.priority")} min={-1000} max={1000} precision={0} value={draft.priority} onChange={(priority) => write({ priority: priority ?? 0 })} />
        </Field>
      </div>
    </Card>
  );
}

const FUNDERS: Funder["funder"][] = ["shop", "platform", "supplier", "influencer"];

export function Borne({ draft, write }: Props) {
  const say = useSay();
  const word = useWord();
  const { funders } = draft;
  const put = (next: Funder[]) => write({ funders: next });
  const change = (at: number, part: Partial<Funder>) => put(funders.map((each, n) => (n === at ? { ...each, ...part } : each)));
  const left = 10_000 - funders.reduce((sum, each) => sum + each.share_bp, 0);
  const [isOpen, setOpen] = useState(funders.length > 1 || funders[0]?.funder !== "shop");
  return (
    <Card title={say("promotion.section_borne")} extra={<Switch aria-label={say("promotion.others_bear")} checked={isOpen} onChange={(on) => (setOpen(on), on || put([{ funder: "shop", party: null, share_bp: 10_000 }]))} checkedChildren={say("promotion.others_bear")} unCheckedChildren={say("promotion.shop_bears")} />}>
      {!isOpen && <span className="soft">{say("promotion.shop_bears_all")}</span>}
      {isOpen &&
        funders.map((each, at) => (
          <div className="line" key={at}>
            <Space wrap>
              <Select aria-label={say("promotion.funder")} value={each.funder} onChange={(funder) => change(at, { funder })} options={FUNDERS.map((name) => ({ value: name, label: word("funder", name) }))} style={{ width: 120 }} />
              <Input aria-label={say("promotion.party")} placeholder={say("promotion.party")} value={each.party ?? ""} onChange={(event) => change(at, { party: event.target.value || null })} style={{ width: 160 }} />
              <InputNumber aria-label={say("promotion.share")} min={0.01} max={100} value={each.share_bp / 100} onChange={(percent) => percent !== null && change(at, { share_bp: Math.round(percent * 100) })} suffix="%" style={{ width: 110 }} />
            </Space>
            <Button aria-label={say("figure.remove")} type="text" icon={<DeleteOutlined />} disabled={funders.length === 1} onClick={() => put(funders.filter((_, n) => n !== at))} />
          </div>
        ))}
      {isOpen && (
        <Space>
          <Button size="small" icon={<PlusOutlined />} disabled={left <= 0} onClick={() => put([...funders, { funder: "platform", party: null, share_bp: left }])}>
            {say("figure.add")}
          </Button>
          {left !== 0 && <span className="overdue">{say("promotion.share_left", { percent: left / 100 })}</span>}
        </Space>
      )}
    </Card>
  );
}
