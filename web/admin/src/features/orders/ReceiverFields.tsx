import { Input } from "antd";
import { useState } from "react";
import type { Input as Given } from "../../api/actions";
import { useSay } from "../../i18n";

const FIELDS = ["name", "phone", "province", "city", "district", "street"] as const;

/** Whom an order shall go to, as the action takes it: all of it, as it shall be. */
export function ReceiverFields({ onChange }: { onChange: (input: Given) => void }) {
  const say = useSay();
  const [receiver, setReceiver] = useState<Record<string, string>>({});
  const change = (name: string, value: string) => {
    const next = { ...receiver, [name]: value };
    setReceiver(next);
    onChange({ receiver: next });
  };
  return (
    <div className="receiver">
      {FIELDS.map((name) => (
        <label key={name} className={name === "street" ? "wide" : undefined}>
          {say(`receiver.${name}`)}
          <Input name={name} value={receiver[name] ?? ""} onChange={(event) => change(name, event.target.value)} />
        </label>
      ))}
    </div>
  );
}
