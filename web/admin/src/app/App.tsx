import { QueryClientProvider, useQuery, useQueryClient } from "@tanstack/react-query";
import { App as Antd, ConfigProvider, Modal, Spin } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { api, given, Refused, session } from "../api/client";
import { sayIn, Speaking } from "../i18n";
import { Dialogs } from "../ui/dialogs";
import { useKept } from "../ui/kept";
import { Boundary, isWrong, Wrong } from "../ui/Wrong";
import { client } from "./away";
import { DETAILS, FEATURES } from "./features";
import { FIRST_LOOKS, themeOf, type Looks } from "./looks";
import { Lost } from "./Lost";
import { Knowing, type Me } from "./session";
import { Shell } from "./Shell";

const loadLogin = () => import("./Login");
const Login = lazy(async () => ({ default: (await loadLogin()).Login }));

/** Who is signed in; null for nobody, which is not asked where the cookie of a session is missing anyway. */
async function readSession(): Promise<Me | null> {
  if (!/(^|; )shangmai_csrf=./.test(document.cookie)) return null;
  try {
    return await given(api.GET("/api/v1/session"));
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) return null;
    throw error;
  }
}

const Screen = lazy(async () => ({ default: (await import("../features/screen/Screen")).Screen }));

export function App() {
  const [looks, setLooks] = useKept<Looks>("looks", FIRST_LOOKS);
  const speaking = useMemo(() => ({ lang: looks.lang, say: sayIn(looks.lang) }), [looks.lang]);
  session.lang = looks.lang;
  useEffect(() => {
    document.documentElement.lang = looks.lang;
    document.documentElement.dataset.dark = String(looks.isDark);
    document.title = speaking.lang === "en" ? "Shangmai" : "商脉";
  }, [looks, speaking]);
  const change = (next: Looks) => {
    setLooks(next);
    if (next.lang !== looks.lang) void client.invalidateQueries();
  };
  return (
    <Speaking.Provider value={speaking}>
      <ConfigProvider locale={looks.lang === "en" ? enUS : zhCN} theme={themeOf(looks)} button={{ autoInsertSpace: false }}>
        <Antd>
          <QueryClientProvider client={client}>
            <BrowserRouter basename="/admin">
              <Gate looks={looks} onLooks={change} />
            </BrowserRouter>
          </QueryClientProvider>
        </Antd>
      </ConfigProvider>
    </Speaking.Provider>
  );
}

/** Lets in whoever is signed in. A session that ends later is renewed over the page, so that nothing typed is lost. */
function Gate({ looks, onLooks }: { looks: Looks; onLooks: (looks: Looks) => void }) {
  const queries = useQueryClient();
  const [isLost, setLost] = useState(false);
  const who = useQuery({ queryKey: ["session"], queryFn: readSession, staleTime: Infinity });
  session.csrf = who.data?.csrf_token ?? "";
  useEffect(() => {
    session.onLost = () => setLost(true);
    void loadLogin().catch(() => undefined); // it is needed when a session ends, and may not be reached then; if not now, it is asked for again
  }, []);
  const enter = async (me: Me) => {
    if (who.data && who.data.id !== me.id && who.data.kind === "user") {
      window.location.reload(); // what stands on the page, and half-filled forms, are the other one's
      return;
    }
    queries.setQueryData(["session"], me);
    session.csrf = me.csrf_token ?? "";
    setLost(false);
    await queries.invalidateQueries({ predicate: (each) => each.queryKey[0] !== "session" });
  };
  const leave = async () => {
    await api.DELETE("/api/v1/session");
    queries.clear();
    await queries.invalidateQueries({ queryKey: ["session"] });
    window.location.assign("/admin/");
  };
  if (who.isPending) return <Spin size="large" className="waits" />;
  if (isWrong(who)) return <Wrong error={who.error} onRetry={() => void who.refetch()} />;
  const me = who.data;
  if (me?.kind !== "user") {
    return (
      <div className="login">
        <Suspense fallback={<Spin size="large" />}>
          <Login onIn={(each) => void enter(each)} />
        </Suspense>
      </div>
    );
  }
  return (
    <Knowing.Provider value={me}>
      <Dialogs>
        <Routes>
          <Route path="/screen" element={<Suspense fallback={<Spin size="large" className="waits" />}><Screen /></Suspense>} />
          <Route element={<Shell looks={looks} onLooks={onLooks} onOut={() => void leave()} />}>
            {[...FEATURES, ...DETAILS].map(({ path, page: Page }) => (
              <Route key={path} path={path} element={<Page />} />
            ))}
            <Route path="*" element={<Lost />} />
          </Route>
        </Routes>
      </Dialogs>
      <Modal open={isLost} footer={null} closable={false} width={440}>
        <Boundary>
          <Suspense fallback={<Spin />}>
            <Login isAgain onIn={(each) => void enter(each)} />
          </Suspense>
        </Boundary>
      </Modal>
    </Knowing.Provider>
  );
}
