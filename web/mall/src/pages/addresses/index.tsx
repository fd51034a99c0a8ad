import { useState } from "react";
import { act, read } from "@/api/client";
import { useReading, type Reading } from "@/api/reading";
import type { Me } from "@/api/shapes";
import { AddressForm, isWhole, noAddress, type Address } from "@/features/AddressForm";
import { t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { shopper, toast } from "@/shopper";
import { Icon } from "@/ui/Icon";
import { Lines } from "@/ui/parts";
import { NeedsMember } from "@/features/NeedsMember";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** The member's address book. */
export default function AddressBook() {
  useLang();
  const { customerId } = shopper.use();
  const me = useReading(customerId ? `me ${customerId}` : null, () => read("/api/v1/customer"));
  return (
    <Shell title={t("me.addresses")}>
      <NeedsMember>{me.error ? <Wrong error={me.error} again={me.again} /> : me.data ? <Addresses me={me} /> : <Lines count={4} />}</NeedsMember>
    </Shell>
  );
}

function Addresses({ me }: { me: Reading<Me> }) {
  const [draft, setDraft] = useState<Address | null>(null);
  const change = async (what: () => Promise<Me>) => {
    try {
      me.set(await what());
      setDraft(null);
    } catch (error) {
      toast(told(error));
    }
  };
  const save = ({ code: _, ...receiver }: Address) => change(() => act("members.add_own_address", receiver));
  return (
    <section className="card">
      <h2>{t("me.addresses")}</h2>
      {me.data?.addresses.map((each) => (
        <div key={each.id} className="row item">
          <span className="grow">
            <b>
              {each.name} {each.phone} {each.is_default && <span className="badge">{t("address.default")}</span>}
            </b>
            <small className="faint">{[each.province, each.city, each.district, each.street].filter(Boolean).join(" ")}</small>
          </span>
          {!each.is_default && (
            <button className="plain small" onClick={() => void change(() => act("members.set_own_default_address", { address_id: each.id }))}>
              {t("address.make_default")}
            </button>
          )}
          <button className="plain faint" aria-label={t("address.remove")} onClick={() => void change(() => act("members.remove_own_address", { address_id: each.id }))}>
            <Icon name="trash" size={18} />
          </button>
        </div>
      ))}
      {draft ? (
        <>
          <AddressForm address={draft} set={setDraft} />
          <div className="row">
            <button className="button small" disabled={!isWhole(draft)} onClick={() => void save(draft)}>
              {t("address.save")}
            </button>
            <button className="button small quiet" onClick={() => setDraft(null)}>
              {t("sheet.cancel")}
            </button>
          </div>
        </>
      ) : (
        <button className="plain" onClick={() => setDraft(noAddress)}>
          <Icon name="plus" size={16} /> {t("address.new")}
        </button>
      )}
    </section>
  );
}
