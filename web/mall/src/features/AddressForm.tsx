import { useState } from "react";
import { ask } from "@/api/client";
import type { Receiver } from "@/api/shapes";
import { t } from "@/i18n";
import { told } from "@/i18n/errors";
import { typed } from "@/platform";
import { toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { RegionPicker } from "./RegionPicker";

export interface Address extends Required<Receiver> {
  /** Of the region, as far down as it is known; empty where it is not. */
  code: string;
}

export const noAddress: Address = { code: "", name: "", phone: "", province: "", city: "", district: "", street: "" };

export const isWhole = (address: Address, isPickup = false): boolean =>
  Boolean(address.name.trim() && address.phone.trim().length >= 5 && (isPickup || (address.code && address.street?.trim())));

/** Who gets it, and where; a pasted address fills it in. */
export function AddressForm({ address, set, isPickup = false }: { address: Address; set: (address: Address) => void; isPickup?: boolean }) {
  const change = (part: Partial<Address>) => set({ ...address, ...part });
  const place = address.code ? { code: address.code, province: address.province ?? "", city: address.city ?? "", district: address.district ?? "" } : undefined;
  return (
    <div className="form">
      {!isPickup && <Paste fill={change} />}
      <div className="pair">
        <Field label={t("address.name")} value={address.name} autoComplete="name" set={(name) => change({ name })} />
        <Field label={t("address.phone")} value={address.phone} autoComplete="tel" type="tel" set={(phone) => change({ phone })} />
      </div>
      {!isPickup && (
        <>
          <div className="labelled">
            <span>{t("address.region")}</span>
            <RegionPicker place={place} set={change} />
          </div>
          <Field label={t("address.street")} value={address.street ?? ""} autoComplete="street-address" hint={t("address.street.hint")} set={(street) => change({ street })} />
        </>
      )}
    </div>
  );
}

function Paste({ fill }: { fill: (part: Partial<Address>) => void }) {
  const [text, setText] = useState("");
  const parse = async () => {
    try {
      const found = await ask("/api/v1/addresses/parse", { text });
      const { name, phone, province, city, district, street, region_code: code } = found;
      const isAnything = Boolean(code || phone.text);
      if (isAnything) {
        fill({
          ...(name.text && { name: name.text }),
          ...(phone.text && { phone: phone.text }),
          ...(code && { code, province: province.text, city: city.text, district: district.text }),
          ...(street.text && { street: street.text }),
        });
        setText("");
      }
      toast(t(code ? "address.parsed" : isAnything ? "address.parsed.check" : "address.parsed.nothing"), Boolean(code));
    } catch (error) {
      toast(told(error));
    }
  };
  return (
    <div className="paste">
      <textarea value={text} rows={2} aria-label={t("address.paste")} placeholder={t("address.paste.hint")} onInput={(event) => setText(typed(event))} />
      <button className="button small quiet" disabled={text.trim().length < 4} onClick={() => void parse()}>
        <Icon name="pin" size={14} /> {t("address.parse")}
      </button>
    </div>
  );
}

interface FieldProps {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: string;
  type?: "text" | "tel" | "password" | "email";
  autoComplete?: string;
  wrong?: string;
  /** What Enter does, as the button below it would. */
  enter?: () => void;
}

export function Field({ label, value, set, hint, type = "text", autoComplete, wrong, enter }: FieldProps) {
  return (
    <label className="labelled">
      <span>{label}</span>
      <input className="field" type={type} value={value} placeholder={hint} autoComplete={autoComplete} aria-invalid={Boolean(wrong)} onInput={(event) => set(typed(event))} onKeyDown={(event) => event.key === "Enter" && !event.nativeEvent.isComposing && enter?.()} />
      {wrong && <small className="notice gone">{wrong}</small>}
    </label>
  );
}
