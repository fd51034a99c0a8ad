import Taro from "@tarojs/taro";
import { useState } from "react";
import { act, ask, read } from "@/api/client";
import { useReading, type Reading } from "@/api/reading";
import type { Me } from "@/api/shapes";
import { Field } from "@/features/AddressForm";
import { NeedsMember } from "@/features/NeedsMember";
import { goInstead } from "@/going";
import { t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { forget, shopper, toast, toastThere } from "@/shopper";
import { Lines } from "@/ui/parts";
import { Shell } from "@/ui/Shell";
import { Wrong } from "@/ui/Wrong";

/** Name, e-mail, password; and leaving for good. */
export default function Account() {
  useLang();
  const { customerId } = shopper.use();
  const me = useReading(customerId ? `me ${customerId}` : null, () => read("/api/v1/customer"));
  return (
    <Shell title={t("account.title")}>
      <NeedsMember>
        {me.error ? (
          <Wrong error={me.error} again={me.again} />
        ) : me.data ? (
          <div className="two-halves">
            <Profile me={me} />
            <Leaving phone={me.data.phone ?? ""} />
          </div>
        ) : (
          <Lines count={6} />
        )}
      </NeedsMember>
    </Shell>
  );
}

function Profile({ me }: { me: Reading<Me> }) {
  const [name, setName] = useState(me.data?.name ?? "");
  const [email, setEmail] = useState(me.data?.email ?? "");
  const [password, setPassword] = useState("");
  const [current, setCurrent] = useState("");
  const save = async () => {
    try {
      me.set(await act("members.update_own", { name: name.trim() || null, email: email.trim() || null }));
      toast(t("me.saved"), true);
    } catch (error) {
      toast(told(error));
    }
  };
  const change = async () => {
    try {
      await act("members.set_own_password", { password, ...(current ? { current_password: current } : {}) });
      toast(t("me.password_set"), true);
      forget();
      shopper.set({ customerId: null, pieces: 0 });
    } catch (error) {
      toast(told(error));
    }
  };
  return (
    <section className="card form">
      <h2>{t("me.profile")}</h2>
      <p className="faint">
        {t("account.phone")} {me.data?.phone ?? "–"}
      </p>
      <div className="row bottom">
        <Field label={t("account.name")} value={name} set={setName} />
        <Field label={t("account.email")} type="email" value={email} set={setEmail} />
        <button className="button small quiet" onClick={() => void save()}>
          {t("me.save")}
        </button>
      </div>
      <p className="faint">{t("account.sessions")}</p>
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

/** Deleting the account takes the password or a code, and one more question. */
function Leaving({ phone }: { phone: string }) {
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState("");
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState("");
  const send = async () => {
    try {
      setChallenge((await ask("/api/v1/customer/code", { phone })).challenge);
      toast(t("login.sent"), true);
    } catch (error) {
      setWrong(told(error));
    }
  };
  const leave = async () => {
    const asked = await Taro.showModal({ title: t("account.delete"), content: t("account.delete.sure"), cancelText: t("order.no"), confirmText: t("order.yes") });
    if (!asked.confirm) return;
    setWrong("");
    try {
      await act("members.erase_own", code ? { challenge, code } : { current_password: password });
      forget();
      shopper.set({ customerId: null, pieces: 0 });
      toastThere(t("account.deleted"), true);
      goInstead("home");
    } catch (error) {
      setWrong(told(error));
    }
  };
  return (
    <section className="card form">
      <h2>{t("account.delete")}</h2>
      <p className="faint">{t("account.delete.hint")}</p>
      <p className="faint">{t("account.proof")}</p>
      <Field label={t("me.password.current")} type="password" autoComplete="current-password" value={password} set={setPassword} />
      {phone && (
        <div className="row bottom">
          <Field label={t("login.code")} value={code} set={setCode} autoComplete="one-time-code" />
          <button className="button small quiet" onClick={() => void send()}>
            {t("login.send")}
          </button>
        </div>
      )}
      {wrong && (
        <p className="note bad" role="alert">
          {wrong}
        </p>
      )}
      <button className="button small quiet danger" disabled={!password && !(challenge && code.trim().length >= 4)} onClick={() => void leave()}>
        {t("account.delete.go")}
      </button>
    </section>
  );
}
