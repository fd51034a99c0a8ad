import { useState } from "react";
import { act, read } from "@/api/client";
import { useReading, type Reading } from "@/api/reading";
import type { Me } from "@/api/shapes";
import { AddressForm, Field, isWhole, noAddress, type Address } from "@/features/AddressForm";
import { Tickets } from "@/features/Tickets";
import { day, t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { light, looks, speak } from "@/looks";
import { shopper, signOut, toast } from "@/shopper";
import { Icon, type IconName } from "@/ui/Icon";
import { Link } from "@/ui/Link";
import { Choices, Lines } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

const STAGES: readonly ["" | "placed" | "shipped" | "signed", IconName][] = [
  ["placed", "box"],
  ["shipped", "truck"],
  ["signed", "check"],
  ["", "receipt"],
];

/** The member's centre: orders, points, coupons, addresses, how the mall looks. */
export default function Mine() {
  useLang();
  const { customerId, isKnown } = shopper.use();
  const me = useReading(customerId ? `me ${customerId}` : null, () => read("/api/v1/customer"));
  return (
    <Shell title={t("tab.me")} tab="me" head={<span />} className="me">
      <section className="me-head">
        <span className="avatar">
          <Icon name="user" size={30} />
        </span>
        {customerId ? (
          <span className="grow">
            <h2>{me.data?.name || t("me.member")}</h2>
            <small>{me.data?.phone ?? "\u00a0"}</small>
          </span>
        ) : (
          <span className="grow">
            <h2>{t("me.hello")}</h2>
            <Link to="login" className="under">
              {t("me.sign_in")}
            </Link>
          </span>
        )}
      </section>
      <nav className="card stages" aria-label={t("me.orders")}>
        {STAGES.map(([only, icon]) => (
          <Link key={only} to="orders" query={{ only }}>
            <Icon name={icon} size={26} />
            {t(only ? `only.${only}` : "only.all")}
          </Link>
        ))}
      </nav>
      {!isKnown && <Lines count={3} />}
      {!customerId && <Tickets />}
      {me.error && <Wrong error={me.error} again={me.again} />}
      {customerId && me.data && (
        <div className="two-halves">
          <Wealth />
          <Addresses me={me} />
          <Profile me={me} />
        </div>
      )}
      <Settings isMember={Boolean(customerId)} />
    </Shell>
  );
}

function Wealth() {
  const { lang } = looks.use();
  const points = useReading("points", () => read("/api/v1/customer/points"));
  const wallet = useReading("wallet", () => read("/api/v1/customer/coupons", { limit: 50 }));
  const usable = wallet.data?.items.filter((each) => each.status === "usable") ?? [];
  return (
    <section className="card">
      <div className="row wealth">
        <span>
          <b>{points.data?.available ?? "–"}</b>
          <small className="faint">{t("me.points")}</small>
        </span>
        <span>
          <b>{wallet.data ? usable.length : "–"}</b>
          <small className="faint">{t("coupon.title")}</small>
        </span>
      </div>
      {(wallet.error ?? points.error) && <Wrong error={wallet.error ?? points.error} again={wallet.again} />}
      {wallet.data?.items.map((each) => (
        <div key={each.id} className={`ticket ${each.status === "usable" ? "" : "spent"}`}>
          <Icon name="ticket" />
          <span className="grow">
            <b>{(lang === "en" && each.name_en) || each.name}</b>
            <small>{each.valid_to ? t("coupon.until", { day: day(each.valid_to) }) : t("coupon.always")}</small>
          </span>
          <small>{t(`coupon.status.${each.status}`)}</small>
        </div>
      ))}
      <Tickets />
    </section>
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

function Profile({ me }: { me: Reading<Me> }) {
  const [name, setName] = useState(me.data?.name ?? "");
  const [password, setPassword] = useState("");
  const [current, setCurrent] = useState("");
  const save = async () => {
    try {
      me.set(await act("members.update_own", { name: name.trim() || null }));
      toast(t("me.saved"), true);
    } catch (error) {
      toast(told(error));
    }
  };
  const change = async () => {
    try {
      await act("members.set_own_password", { password, ...(current ? { current_password: current } : {}) });
      toast(t("me.password_set"), true);
      shopper.set({ customerId: null, pieces: 0 });
    } catch (error) {
      toast(told(error));
    }
  };
  return (
    <section className="card form">
      <h2>{t("me.profile")}</h2>
      <div className="row bottom">
        <Field label={t("address.name")} value={name} set={setName} />
        <button className="button small quiet" onClick={() => void save()}>
          {t("me.save")}
        </button>
      </div>
      <div className="pair">
        <Field label={t("me.password.current")} hint={t("me.password.first")} type="password" autoComplete="current-password" value={current} set={setCurrent} />
        <Field label={t("me.password.new")} type="password" autoComplete="new-password" value={password} set={setPassword} />
      </div>
      <button className="button small quiet" disabled={password.length < 8} onClick={() => void change()}>
        {t("me.password.set")}
      </button>
    </section>
  );
}

function Settings({ isMember }: { isMember: boolean }) {
  const { lang, theme } = looks.use();
  const leave = async () => {
    try {
      await signOut();
      toast(t("me.signed_out"), true);
    } catch (error) {
      toast(told(error));
    }
  };
  return (
    <section className="card settings">
      <div className="row item">
        <span className="grow">{t("looks.language")}</span>
        <Choices name={t("looks.language")} options={[["zh-CN", "中文"], ["en", "English"]]} value={lang} set={speak} />
      </div>
      <div className="row item">
        <span className="grow">{t("looks.theme")}</span>
        <Choices name={t("looks.theme")} options={[["auto", t("looks.auto")], ["light", t("looks.light")], ["dark", t("looks.dark")]]} value={theme} set={light} />
      </div>
      {isMember && (
        <button className="button quiet whole" onClick={() => void leave()}>
          {t("me.sign_out")}
        </button>
      )}
    </section>
  );
}
