import { Select } from "antd";
import dayjs from "dayjs";
import { useSay } from "../../i18n";

const SHOWN = 24;

/** The last periods, the newest first, as the API writes them: 202601. */
export const lastPeriods = (count = SHOWN): number[] =>
  Array.from({ length: count }, (_, back) => Number(dayjs().startOf("month").subtract(back, "month").format("YYYYMM")));

export const periodText = (period: number | string): string => `${String(period).slice(0, 4)}-${String(period).slice(4)}`;

/** Which period; nothing is everything so far. */
export function PickPeriod({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const say = useSay();
  const options = lastPeriods().map((each) => ({ value: String(each), label: periodText(each) }));
  return <Select allowClear aria-label={say("ledger.period")} placeholder={say("ledger.all_periods")} value={value} onChange={onChange} options={options} style={{ minWidth: 130 }} />;
}
