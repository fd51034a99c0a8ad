import { useEffect, useLayoutEffect, useState } from "react";
import { act, read } from "@/api/client";
import { useReading } from "@/api/reading";
import type { CheckoutQuote, Me } from "@/api/shapes";
import { AddressForm, isWhole, noAddress, type Address } from "@/features/AddressForm";
import { t } from "@/i18n";
import { told } from "@/i18n/errors";
import { kept, keep } from "@/platform";
import { shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Choices, Lines } from "@/ui/parts";
import { Link } from "@/ui/Link";
import { Old } from "@/ui/Wrong";
import type { Wish } from "./wish";

interface Props {
  wish: Wish;
  change: (part: Partial<Wish>) => void;
  points: CheckoutQuote["pickup_points"];
  me?: Me;
  /** Whether it is being asked for the member's addresses. */
  isAsking?: boolean;
}

/** By a carrier to an address, of the member's or a new one; or fetched at a point. */
export function Whereto({ wish, change, points, me, isAsking }: Props) {
  const { customerId } = shopper.use();
  const isPickup = Boolean(wish.pointId);
  const first = points[0];
  return (
    <section className="card">
      <header className="row">
        <h2 className="grow">{t(isPickup ? "checkout.pickup" : "checkout.address")}</h2>
        {first && (
          <Choices
            name={t("checkout.delivery")}
            options={[["ship", t("checkout.ship")], ["pickup", t("checkout.pickup")]]}
            value={isPickup ? "pickup" : "ship"}
            set={(kind) => change({ pointId: kind === "pickup" ? first.id : null })}
          />
        )}
      </header>
      {isPickup ? (
        <>
          {points.map((point) => (
            <button key={point.id} className={`address ${point.id === wish.pointId ? "on" : ""}`} onClick={() => change({ pointId: point.id })}>
              <b>{point.name}</b>
              <span>{point.street}</span>
              <small className="faint">
                {point.hours} · {point.phone}
              </small>
            </button>
          ))}
          <AddressForm address={wish.address} set={(address) => change({ address })} isPickup />
        </>
      ) : me ? (
        <OfMember change={change} me={me} typed={wish.address} />
      ) : isAsking ? (
        <Lines count={3} />
      ) : (
        <OfGuest wish={wish} change={change} isGuest={!customerId} />
      )}
    </section>
  );
}

/** A guest's last address is remembered on this device alone. */
function OfGuest({ wish, change, isGuest }: { wish: Wish; change: (part: Partial<Wish>) => void; isGuest: boolean }) {
  useEffect(() => {
    const last = kept<Address | null>("address", null);
    if (last && !Object.values(wish.address).some(Boolean)) change({ address: last });
  }, []);
  const set = (address: Address) => {
    change({ address });
    if (isWhole(address)) keep("address", address);
  };
  return (
    <>
      {isGuest && (
        <p className="note">
          {t("checkout.guest")}{" "}
          <Link to="login" query={{ back: 1 }} className="under">
            {t("top.sign_in")}
          </Link>
        </p>
      )}
      <AddressForm address={wish.address} set={set} />
    </>
  );
}

/** Addresses keep no code of their region; the freight wants it. */
async function located(address: Me["addresses"][number]): Promise<Address> {
  const { name, phone, province, city, district, street } = address;
  const place = await read("/api/v1/regions/resolve", { province, city, district });
  return { code: place.code, name, phone, province, city, district, street };
}

function firstOf(all: Me["addresses"], typed: Address): string | null {
  const same = all.find((each) => each.name === typed.name && each.phone === typed.phone && each.street === typed.street);
  if (same) return same.id;
  return typed.name || typed.street ? null : ((all.find((each) => each.is_default) ?? all[0])?.id ?? null);
}

/** `typed`: what was chosen or typed before it was known who this is. */
function OfMember({ change, me, typed }: { change: (part: Partial<Wish>) => void; me: Me; typed: Address }) {
  const [all, setAll] = useState(me.addresses);
  const [chosen, setChosen] = useState<string | null>(() => firstOf(all, typed));
  const [draft, setDraft] = useState<Address>(typed);
  const address = all.find((each) => each.id === chosen);
  const place = useReading(address ? JSON.stringify(address) : null, () => located(address as Me["addresses"][number]));
  const whole = address && !place.isOld ? place.data : undefined;
  // Until it is known where the chosen one is, the order goes nowhere: least of all to the one chosen before.
  const isFinding = Boolean(address) && !whole && !place.error;
  useLayoutEffect(() => change({ address: whole ?? noAddress, isFinding }), [whole, isFinding]);
  const save = async () => {
    try {
      const { code: _, ...receiver } = draft;
      const mine = await act("members.add_own_address", receiver);
      const known = new Set(all.map((each) => each.id));
      setAll(mine.addresses);
      setChosen(mine.addresses.find((each) => !known.has(each.id))?.id ?? null);
    } catch (error) {
      toast(told(error));
    }
  };
  return (
    <>
      <Old error={place.error} again={place.again} />
      {all.map((each) => (
        <button key={each.id} className={`address ${each.id === chosen ? "on" : ""}`} aria-pressed={each.id === chosen} onClick={() => setChosen(each.id)}>
          <b>
            {each.name} {each.phone} {each.is_default && <span className="badge">{t("address.default")}</span>}
          </b>
          <span>{[each.province, each.city, each.district, each.street].filter(Boolean).join(" ")}</span>
        </button>
      ))}
      {chosen === null ? (
        <>
          <AddressForm address={draft} set={setDraft} />
          <button className="button small" disabled={!isWhole(draft)} onClick={() => void save()}>
            {t("address.save")}
          </button>
        </>
      ) : (
        <button className="plain" onClick={() => setChosen(null)}>
          <Icon name="plus" size={16} /> {t("address.new")}
        </button>
      )}
    </>
  );
}
