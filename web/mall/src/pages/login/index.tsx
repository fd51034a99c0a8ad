import { useEffect, useState } from "react";
import { ask } from "@/api/client";
import { Field } from "@/features/AddressForm";
import { Agreed } from "@/features/footing";
import { useParams } from "@/features/params";
import { goBack, goInstead } from "@/going";
import { t, useLang } from "@/i18n";
import { told } from "@/i18n/errors";
import { shopper, signInByCode, signInByPassword, toast } from "@/shopper";
import { Mark } from "@/ui/Header";
import { Choices } from "@/ui/parts";
import { Shell } from "@/ui/Shell";

const AGAIN_S = 60;

/** Sign in by a code sent to the phone, or by password; a new phone becomes a member. */
export default function Login() {
  useLang();
  const { mall } = shopper.use();
  const { back } = useParams();
  const [way, setWay] = useState<"code" | "password">("code");
  const done = () => {
    toast(t("login.welcome"), true);
    if (back) goBack();
    else goInstead("me");
  };
  return (
    <Shell title={t("top.sign_in")} className="login">
      <section className="card login-card">
        <div className="brand">
          <Mark /> <span>{mall?.name}</span>
        </div>
        <Choices name={t("top.sign_in")} options={[["code", t("login.by_code")], ["password", t("login.by_password")]]} value={way} set={setWay} />
        {way === "code" ? <ByCode done={done} /> : <ByPassword done={done} />}
        <p className="faint">{t("login.fine")}</p>
        <Agreed />
      </section>
    </Shell>
  );
}

function useTrying(done: () => void) {
  const [wrong, setWrong] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const attempt = async (what: () => Promise<void>, after = done) => {
    setIsBusy(true);
    setWrong("");
    try {
      await what();
      after();
    } catch (error) {
      setWrong(told(error));
    }
    setIsBusy(false);
  };
  return { wrong, isBusy, attempt };
}

function ByCode({ done }: { done: () => void }) {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [challenge, setChallenge] = useState("");
  const [wait, setWait] = useState(0);
  const { wrong, isBusy, attempt } = useTrying(done);
  useEffect(() => {
    if (!wait) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  const send = () =>
    attempt(
      async () => {
        setChallenge((await ask("/api/v1/customer/code", { phone: phone.trim() })).challenge);
        setWait(AGAIN_S);
      },
      () => toast(t("login.sent"), true),
    );
  const isReady = !isBusy && Boolean(challenge) && code.trim().length >= 4;
  const canSend = wait === 0 && !isBusy && phone.trim().length >= 5;
  const enter = () => void attempt(() => signInByCode(challenge, code.trim()));
  return (
    <div className="form">
      <Field label={t("address.phone")} type="tel" autoComplete="tel" value={phone} set={setPhone} enter={() => canSend && void send()} />
      <div className="row bottom">
        <Field label={t("login.code")} autoComplete="one-time-code" value={code} set={setCode} enter={() => isReady && enter()} />
        <button className="button quiet" disabled={!canSend} onClick={() => void send()}>
          {wait > 0 ? t("login.again_in", { n: wait }) : t("login.send")}
        </button>
      </div>
      {wrong && <p className="note bad" role="alert">{wrong}</p>}
      <button className="button whole" disabled={!isReady} onClick={enter}>
        {t("login.go")}
      </button>
    </div>
  );
}

function ByPassword({ done }: { done: () => void }) {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const { wrong, isBusy, attempt } = useTrying(done);
  const isReady = !isBusy && Boolean(login.trim() && password);
  const enter = () => void attempt(() => signInByPassword(login.trim(), password));
  return (
    <div className="form">
      <Field label={t("login.login")} autoComplete="username" value={login} set={setLogin} />
      <Field label={t("login.password")} type="password" autoComplete="current-password" value={password} set={setPassword} enter={() => isReady && enter()} />
      {wrong && <p className="note bad" role="alert">{wrong}</p>}
      <button className="button whole" disabled={!isReady} onClick={enter}>
        {t("login.go")}
      </button>
    </div>
  );
}
