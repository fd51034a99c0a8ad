import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, DatePicker, Input, InputNumber, Segmented, Select, Space, Switch } from "antd";
import dayjs from "dayjs";
import type { ReactNode } from "react";
import { useLang, useSay, useWord } from "../../i18n";
import { MoneyInput } from "../../ui/MoneyInput";
import { SkuSelect } from "../../ui/Pickers";
import { GoodsPicker } from "./GoodsPicker";
import type { As, Benefit, Goods } from "./tools";

interface Asked {
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
  benefit: Benefit;
  currency: string;
}

type Row = Record<string, unknown>;
const rowsOf = (value: unknown): Row[] => (Array.isArray(value) ? (value as Row[]) : []);
const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** Basis points taken off, as people say it: 8 折, or 20 % off. */
export function OffInput({ value, onChange, label }: { value: number | null; onChange: (bp: number | null) => void; label?: string }) {
  const say = useSay();
  const isZh = useLang() !== "en";
  const shown = value === null ? null : isZh ? (10_000 - value) / 1_000 : value / 100;
  const read = (typed: number | null) => onChange(typed === null ? null : Math.round(isZh ? 10_000 - typed * 1_000 : typed * 100));
  return <InputNumber aria-label={label ?? say("figure.off_bp")} min={0} max={isZh ? 9.99 : 100} step={isZh ? 0.5 : 5} value={shown} onChange={read} suffix={say("figure.off_unit")} style={{ width: 130 }} />;
}

const Pieces = ({ value, onChange, label, unit, min = 1 }: { value: unknown; onChange: (n: number) => void; label: string; unit: string; min?: number }) => (
  <InputNumber aria-label={label} min={min} precision={0} value={numberOf(value)} onChange={(n) => n !== null && onChange(n)} suffix={unit} style={{ width: 130 }} />
);

interface LinesProps {
  rows: Row[];
  onChange: (rows: Row[]) => void;
  fresh: () => Row;
  line: (row: Row, write: (part: Row) => void) => ReactNode;
  least?: number;
}

/** Lines that can be added and taken away. */
function Lines({ rows, onChange, fresh, line, least = 1 }: LinesProps) {
  const say = useSay();
  return (
    <div className="lines">
      {rows.map((row, at) => (
        <div className="line" key={at}>
          {line(row, (part) => onChange(rows.map((each, n) => (n === at ? { ...each, ...part } : each))))}
          <Button aria-label={say("figure.remove")} type="text" icon={<DeleteOutlined />} disabled={rows.length <= least} onClick={() => onChange(rows.filter((_, n) => n !== at))} />
        </div>
      ))}
      <Button size="small" icon={<PlusOutlined />} onClick={() => onChange([...rows, fresh()])}>
        {say("figure.add")}
      </Button>
    </div>
  );
}

function At({ value, onChange, isPieces, currency }: { value: unknown; onChange: (at: number) => void; isPieces: boolean; currency: string }) {
  const say = useSay();
  const label = say("figure.at");
  return isPieces ? (
    <Pieces value={value} onChange={onChange} label={label} unit={say("figure.pieces_unit")} min={0} />
  ) : (
    <MoneyInput aria-label={label} value={numberOf(value)} onChange={(minor) => minor !== null && onChange(minor)} currency={currency} />
  );
}

function Tiers({ value, onChange, benefit, currency, isPercent }: Asked & { isPercent: boolean }) {
  const say = useSay();
  const isPieces = benefit.measure === "pieces";
  const rows = rowsOf(value);
  const last = rows.at(-1);
  const fresh = () => ({ at: (numberOf(last?.at) ?? 0) + (isPieces ? 1 : 10_000), off: (numberOf(last?.off) ?? 0) + (isPercent ? 500 : 1_000) });
  return (
    <Lines
      rows={rows}
      onChange={onChange}
      fresh={fresh}
      line={(row, write) => (
        <Space wrap>
          {say("figure.from")}
          <At value={row.at} onChange={(at) => write({ at })} isPieces={isPieces} currency={currency} />
          {isPercent ? say("figure.sold_at") : say("figure.take_off")}
          {isPercent ? (
            <OffInput value={numberOf(row.off)} onChange={(off) => off !== null && write({ off })} />
          ) : (
            <MoneyInput aria-label={say("figure.off")} value={numberOf(row.off)} onChange={(off) => off !== null && write({ off })} currency={currency} />
          )}
        </Space>
      )}
    />
  );
}

function SkuPrices({ value, onChange, currency }: Asked) {
  const say = useSay();
  return (
    <Lines
      rows={rowsOf(value)}
      least={0}
      onChange={onChange}
      fresh={() => ({ sku_id: "", price_minor: 990 })}
      line={(row, write) => (
        <Space wrap>
          <SkuSelect value={(row.sku_id as string) || undefined} onChange={(sku_id) => write({ sku_id })} />
          <MoneyInput aria-label={say("figure.price_minor")} value={numberOf(row.price_minor)} onChange={(price_minor) => price_minor !== null && write({ price_minor })} currency={currency} />
        </Space>
      )}
    />
  );
}

/** SKUs with pieces of each, and what a piece is worth where it is a gift. */
function Items({ rows, onChange, currency, isGift }: { rows: Row[]; onChange: (rows: Row[]) => void; currency: string; isGift: boolean }) {
  const say = useSay();
  return (
    <Lines
      rows={rows}
      onChange={onChange}
      fresh={() => (isGift ? { sku_id: "", qty: 1, value_minor: 0 } : { sku_id: "", qty: 1 })}
      line={(row, write) => (
        <Space wrap>
          <SkuSelect value={(row.sku_id as string) || undefined} onChange={(sku_id) => write({ sku_id })} />
          <Pieces value={row.qty ?? 1} onChange={(qty) => write({ qty })} label={say("figure.qty")} unit={say("figure.pieces_unit")} />
          {isGift && (
            <MoneyInput aria-label={say("figure.value_minor")} value={numberOf(row.value_minor)} onChange={(minor) => write({ value_minor: minor ?? 0 })} currency={currency} prefix={say("figure.worth")} />
          )}
        </Space>
      )}
    />
  );
}

function Gifts({ value, onChange, benefit, currency }: Asked) {
  const say = useSay();
  const isPieces = benefit.measure === "pieces";
  const rows = rowsOf(value);
  return (
    <Lines
      rows={rows}
      onChange={onChange}
      fresh={() => ({ at: (numberOf(rows.at(-1)?.at) ?? 0) + (isPieces ? 1 : 10_000), items: [{ sku_id: "", qty: 1, value_minor: 0 }] })}
      line={(row, write) => (
        <div className="lines">
          <Space wrap>
            {say("figure.from")}
            <At value={row.at} onChange={(at) => write({ at })} isPieces={isPieces} currency={currency} />
            {say("figure.give")}
          </Space>
          <Items rows={rowsOf(row.items)} onChange={(items) => write({ items })} currency={currency} isGift />
        </div>
      )}
    />
  );
}

function ThresholdOf({ value, onChange, currency }: Asked) {
  const say = useSay();
  const of = (value ?? {}) as Row;
  const isPieces = of.measure === "pieces";
  return (
    <Space wrap>
      {say("figure.from")}
      <At value={of.at ?? 0} onChange={(at) => onChange({ ...of, at })} isPieces={isPieces} currency={currency} />
      <Segmented
        value={isPieces ? "pieces" : "amount"}
        onChange={(measure) => onChange({ ...of, measure, at: measure === "pieces" ? 1 : 10_000 })}
        options={[
          { value: "amount", label: say("measure.amount") },
          { value: "pieces", label: say("measure.pieces") },
        ]}
      />
    </Space>
  );
}

function PeriodOf({ value, onChange }: Asked) {
  const of = (value ?? {}) as { from?: string; to?: string | null };
  return (
    <DatePicker.RangePicker
      showTime={{ format: "HH:mm" }}
      format="YYYY-MM-DD HH:mm"
      value={of.from ? [dayjs(of.from), of.to ? dayjs(of.to) : null] : null}
      onChange={(range) => range?.[0] && onChange({ from: range[0].toISOString(), to: range[1]?.toISOString() ?? null })}
    />
  );
}

/** The control of each way of asking. */
const CONTROLS: Record<As, (asked: Asked) => ReactNode> = {
  tiers_off: (asked) => <Tiers {...asked} isPercent={false} />,
  tiers_percent: (asked) => <Tiers {...asked} isPercent />,
  measure: (asked) => <MeasureOf {...asked} />,
  basis: (asked) => <ChoiceOf {...asked} kind="basis" values={["running", "discounted", "priced", "list"]} />,
  pick: (asked) => <ChoiceOf {...asked} kind="pick" values={["all", "chosen", "drawn"]} />,
  switch: ({ name, value, onChange }) => <Switch aria-label={name} checked={value === true} onChange={onChange} />,
  money: ({ name, value, onChange, currency }) => <MoneyInput aria-label={name} value={numberOf(value)} onChange={(minor) => minor !== null && onChange(minor)} currency={currency} />,
  money_or_none: ({ name, value, onChange, currency }) => <MoneyInput aria-label={name} value={numberOf(value)} onChange={onChange} currency={currency} />,
  pieces: (asked) => <CountOf {...asked} unit="figure.pieces_unit" />,
  points: (asked) => <CountOf {...asked} unit="figure.points_unit" />,
  off: ({ value, onChange }) => <OffInput value={numberOf(value)} onChange={(bp) => bp !== null && onChange(bp)} />,
  off_or_none: ({ value, onChange }) => <OffInput value={numberOf(value) || null} onChange={(bp) => onChange(bp ?? 0)} />,
  share: ({ name, value, onChange }) => (
    <InputNumber aria-label={name} min={1} max={100} value={(numberOf(value) ?? 10_000) / 100} onChange={(percent) => percent !== null && onChange(Math.round(percent * 100))} suffix="%" style={{ width: 130 }} />
  ),
  sku_prices: (asked) => <SkuPrices {...asked} />,
  bundle: ({ value, onChange, currency }) => <Items rows={rowsOf(value)} onChange={onChange} currency={currency} isGift={false} />,
  threshold: (asked) => <ThresholdOf {...asked} />,
  levels: (asked) => <LevelsOf {...asked} />,
  sizes: (asked) => <SizesOf {...asked} />,
  gifts: (asked) => <Gifts {...asked} />,
  goods: ({ value, onChange }) => <GoodsPicker value={(value ?? {}) as Goods} onChange={onChange} />,
  regions: ({ name, value, onChange }) => <Select aria-label={name} mode="tags" open={false} suffixIcon={null} value={(value ?? []) as string[]} onChange={onChange} style={{ minWidth: 260, width: "100%" }} />,
  period: (asked) => <PeriodOf {...asked} />,
};

function CountOf({ name, value, onChange, unit }: Asked & { unit: "figure.pieces_unit" | "figure.points_unit" }) {
  const say = useSay();
  return <Pieces value={value} onChange={onChange} label={name} unit={say(unit)} />;
}

function MeasureOf({ value, onChange }: Asked) {
  const word = useWord();
  return <Segmented value={(value as string) ?? "amount"} onChange={onChange} options={["amount", "pieces"].map((each) => ({ value: each, label: word("measure", each) }))} />;
}

function ChoiceOf({ name, value, onChange, kind, values }: Asked & { kind: string; values: string[] }) {
  const word = useWord();
  return <Select aria-label={name} value={(value as string) ?? values[0]} onChange={onChange} options={values.map((each) => ({ value: each, label: word(kind, each) }))} style={{ minWidth: 200 }} />;
}

function LevelsOf({ value, onChange }: Asked) {
  const say = useSay();
  return (
    <Lines
      rows={rowsOf(value)}
      onChange={onChange}
      fresh={() => ({ level: "", off_bp: 1000 })}
      line={(row, write) => (
        <Space wrap>
          <Input aria-label={say("figure.level")} placeholder={say("figure.level")} value={row.level as string} onChange={(event) => write({ level: event.target.value.trim() })} style={{ width: 160 }} />
          <OffInput value={numberOf(row.off_bp)} onChange={(off_bp) => off_bp !== null && write({ off_bp })} />
        </Space>
      )}
    />
  );
}

function SizesOf({ value, onChange, currency }: Asked) {
  const say = useSay();
  const rows = rowsOf(value);
  return (
    <Lines
      rows={rows}
      onChange={onChange}
      fresh={() => ({ size: (numberOf(rows.at(-1)?.size) ?? 1) + 1, price_minor: Math.max((numberOf(rows.at(-1)?.price_minor) ?? 1000) - 100, 1) })}
      line={(row, write) => (
        <Space wrap>
          <Pieces value={row.size} onChange={(size) => write({ size })} label={say("figure.size")} unit={say("figure.buyers_unit")} />
          <MoneyInput aria-label={say("figure.price_minor")} value={numberOf(row.price_minor)} onChange={(price_minor) => price_minor !== null && write({ price_minor })} currency={currency} />
        </Space>
      )}
    />
  );
}

export function FigureControl({ as, ...asked }: Asked & { as: As }) {
  return <>{CONTROLS[as](asked)}</>;
}
