import { InputNumber } from "antd";
import { useLang } from "../i18n";
import { digitsOf, major, symbolOf } from "./format";

interface Props {
  value?: number | null;
  onChange?: (minor: number | null) => void;
  currency: string;
  prefix?: string;
  id?: string;
  "aria-label"?: string;
  min?: number;
  width?: number;
}

/** An amount that is kept in minor units (分) and typed in major ones (元). */
export function MoneyInput({ value = null, onChange, currency, prefix, min = 0, width = 150, ...rest }: Props) {
  const lang = useLang();
  const digits = digitsOf(currency);
  return (
    <InputNumber
      {...rest}
      min={min}
      precision={digits}
      prefix={prefix ?? symbolOf(currency, lang)}
      value={value === null ? null : major(value, currency)}
      onChange={(typed) => onChange?.(typed === null ? null : Math.round(typed * 10 ** digits))}
      style={{ width }}
    />
  );
}
