import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type FormEvent } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { api, given, Refused, session, type Schema } from "../api/client";
import { Knowing, type Me } from "../app/session";
import { sayIn, Speaking, useLang, useSay, type Lang } from "../i18n";
import { useKept } from "../ui/kept";
import { Count, Counts } from "./Count";
import { Feedback } from "./feedback";
import { Home } from "./Home";
import { forget, openAnywhere, remember } from "./known";
import { outbox } from "./outbox";
import { OutboxPage } from "./Outbox";
import { Pack } from "./Pack";
import { Picks, PickTask, PutBacks, Sow } from "./Pick";
import { PutAway } from "./PutAway";
import { Receipts, Receive } from "./Receive";
import { Arrive, Move, Send, Ship, Transfers } from "./Transfer";
import { Working } from "./warehouse";

type Warehouse = Schema<"Warehouse">;

const client = new QueryClient({
  defaultOptions: { queries: { staleTime: 2_000, retry: (count, error) => !(error instanceof Refused) && count < 2, gcTime: 36_000_000 } },
});

remember(client);
openAnywhere();

async function readSession(): Promise<Me | null> {
  if (!/(^|; )shangmai_csrf=./.test(document.cookie)) return null;
  try {
    return await given(api.GET("/api/v1/session"));
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) return null;
    throw error;
  }
}

/** The pages of scanners and phones, at /pda. Nothing is loaded later: they work on through a loss of the network. */
export function Pda() {
  const [lang, setLang] = useKept<Lang>("pda.lang", "zh-CN");
  const speaking = useMemo(() => ({ lang, say: sayIn(lang) }), [lang]);
  session.lang = lang;
  useEffect(() => {
    document.documentElement.lang = lang;
    document.title = lang === "en" ? "Shangmai PDA" : "商脉 PDA";
  }, [lang]);
  return (
    <Speaking.Provider value={speaking}>
      <QueryClientProvider client={client}>
        <Feedback>
          <BrowserRouter basename="/pda">
            <Gate onLang={setLang} />
          </BrowserRouter>
        </Feedback>
      </QueryClientProvider>
    </Speaking.Provider>
  );
}

function Gate({ onLang }: { onLang: (lang: Lang) => void }) {
  const say = useSay();
  const queries = useQueryClient();
  const [isLost, setLost] = useState(false);
  const [kept, keep] = useKept("pda.warehouse", "");
  const who = useQuery({ queryKey: ["session"], queryFn: readSession, staleTime: Infinity });
  const me = who.data?.kind === "user" ? who.data : null;
  session.csrf = me?.csrf_token ?? "";
  useEffect(() => {
    session.onLost = () => setLost(true);
    outbox.onDone = () => void queries.invalidateQueries({ predicate: (each) => each.queryKey[0] !== "session" });
  }, [queries]);
  useEffect(() => {
    if (me && !isLost) outbox.begin(me.id);
  }, [me, isLost]);
  const places = useQuery({ queryKey: ["warehouses"], queryFn: () => given(api.GET("/api/v1/warehouses")), enabled: me !== null, staleTime: 600_000 });
  const enter = async (next: Me) => {
    if (me && me.id !== next.id) return window.location.reload();
    queries.setQueryData(["session"], next);
    session.csrf = next.csrf_token ?? "";
    setLost(false);
    await queries.invalidateQueries({ predicate: (each) => each.queryKey[0] !== "session" });
  };
  const out = async () => {
    await api.DELETE("/api/v1/session");
    queries.clear();
    forget();
    window.location.assign("/pda");
  };
  if (who.error && !who.data) {
    return (
      <div className="pda-stopped quiet">
        <b>{say("pda.no_network")}</b>
        <button type="button" className="pda-button" onClick={() => void who.refetch()}>
          {say("error.retry")}
        </button>
      </div>
    );
  }
  if (who.isPending) return <div className="pda" />;
  if (!me) return <SignIn onIn={(each) => void enter(each)} />;
  const warehouse = places.data?.find((each) => each.id === kept);
  if (!warehouse) return <Places places={places.data ?? []} onChoose={keep} />;
  return (
    <Knowing.Provider value={me}>
      <Working.Provider value={warehouse}>
        <Routes>
          <Route path="/" element={<Home onLang={onLang} onLeave={() => keep("")} onOut={() => void out()} />} />
          <Route path="/receive" element={<Receipts />} />
          <Route path="/receive/:id" element={<Receive />} />
          <Route path="/put-away" element={<PutAway />} />
          <Route path="/pick" element={<Picks />} />
          <Route path="/pick/:id" element={<PickTask />} />
          <Route path="/sow/:wave" element={<Sow />} />
          <Route path="/back" element={<PutBacks />} />
          <Route path="/pack" element={<Pack />} />
          <Route path="/count" element={<Counts />} />
          <Route path="/count/:id" element={<Count />} />
          <Route path="/transfer" element={<Transfers />} />
          <Route path="/ship" element={<Ship />} />
          <Route path="/move" element={<Move />} />
          <Route path="/send" element={<Send />} />
          <Route path="/arrive" element={<Arrive />} />
          <Route path="/outbox" element={<OutboxPage />} />
          <Route path="*" element={<Navigate to="/" replace />} />
        </Routes>
      </Working.Provider>
      {isLost && (
        <div className="pda-over">
          <SignIn isAgain onIn={(each) => void enter(each)} />
        </div>
      )}
    </Knowing.Provider>
  );
}

function Places({ places, onChoose }: { places: Warehouse[]; onChoose: (id: string) => void }) {
  const say = useSay();
  return (
    <div className="pda">
      <header>
        <h1>{say("pda.where")}</h1>
      </header>
      <main>
        {places.map((each) => (
          <button key={each.id} type="button" className="pda-card" onClick={() => onChoose(each.id)}>
            <b>{each.name}</b>
            <span className="pda-soft">{each.code}</span>
          </button>
        ))}
      </main>
    </div>
  );
}

function SignIn({ isAgain = false, onIn }: { isAgain?: boolean; onIn: (me: Me) => void }) {
  const say = useSay();
  const lang = useLang();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [problem, setProblem] = useState("");
  const about = useQuery({ queryKey: ["about"], queryFn: () => given(api.GET("/api/v1/about")), staleTime: Infinity });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      onIn((await given(api.POST("/api/v1/session", { body: { login, password, ...(totp ? { totp } : {}) } }))) as Me);
    } catch (error) {
      const refused = error instanceof Refused ? error.problem : null;
      if (refused && /totp/i.test(refused.code)) setAsksCode(true);
      setProblem(refused?.message ?? say("pda.no_network"));
    }
  };
  return (
    <form className="pda-sign-in" onSubmit={(event) => void submit(event)}>
      <img src="/assets/mark.svg" alt="" width="56" height="56" />
      <h1>{isAgain ? say("login.expired") : say("login.title")}</h1>
      <label className="pda-field">
        {say("login.login")}
        <input value={login} onChange={(event) => setLogin(event.target.value)} autoComplete="username" autoCapitalize="none" required />
      </label>
      <label className="pda-field">
        {say("login.password")}
        <input type="password" value={password} onChange={(event) => setPassword(event.target.value)} autoComplete="current-password" required />
      </label>
      {asksCode && (
        <label className="pda-field">
          {say("login.code")}
          <input value={totp} inputMode="numeric" autoComplete="one-time-code" onChange={(event) => setTotp(event.target.value)} />
        </label>
      )}
      {problem && (
        <p className="pda-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className="pda-button">
        {say("login.submit")}
      </button>
      {(about.data?.demo_logins ?? []).length > 0 && (
        <div className="pda-choices">
          {about.data?.demo_logins?.map((one) => (
            <button
              key={one.login}
              type="button"
              onClick={() => {
                setLogin(one.login);
                setPassword(one.password);
              }}
            >
              {lang === "en" ? one.role_en : one.role}
            </button>
          ))}
        </div>
      )}
    </form>
  );
}
