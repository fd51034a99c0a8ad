import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useEffect, useState } from "react";
import { api, given, readPage, type Schema } from "../../api/client";
import { useIsLive, useLive, useLookEvery } from "../../app/live";
import { useGrant } from "../../app/session";
import { useLang, usePick, useSay, useWord } from "../../i18n";
import { money, when } from "../../ui/format";
import { useShops } from "../names";
import { Hours, useToday } from "./Today";

const LAG_MAX_S = 3;

/** For a screen on the wall: what sells now, how far it is, what is short. Nothing is kept but the last answer of each read. */
export function Screen() {
  const say = useSay();
  useLive();
  const isLive = useIsLive();
  const seesOrders = useGrant("orders.read");
  if (!seesOrders) return <p className="screen">{say("error.no_grant")}</p>;
  return (
    <main className="screen">
      <header>
        <h1>{say("screen.title")}</h1>
        <span className={isLive ? undefined : "screen-warn"}>{say(isLive ? "notice.live" : "notice.not_live")}</span>
        <Lag />
        <Clock />
      </header>
      <Figures />
      <div className="screen-grid">
        <Latest />
        <Shops />
        <Regions />
        <Alarms />
      </div>
    </main>
  );
}

function Clock() {
  const [now, setNow] = useState(() => dayjs());
  useEffect(() => {
    const timer = setInterval(() => setNow(dayjs()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <time>{now.format("YYYY-MM-DD HH:mm:ss")}</time>;
}

/** How long what happened has waited at most to be followed up; three seconds and more are marked. */
function Lag() {
  const say = useSay();
  const mayRead = useGrant("events.read");
  const lags = useQuery({ queryKey: ["screen", "lag"], queryFn: () => given(api.GET("/api/v1/events/lag")), refetchInterval: 3_000, enabled: mayRead, gcTime: 10_000 });
  if (!lags.data) return null;
  const oldest = Math.max(0, ...lags.data.filter((each) => each.waiting > 0).map((each) => each.oldest_s));
  return (
    <span className={oldest < LAG_MAX_S ? undefined : "screen-warn"} data-testid="lag">
      {say("screen.lag", { s: oldest.toFixed(1) })}
    </span>
  );
}

/** Where today's parcels go, by province. */
function Regions() {
  const say = useSay();
  const mayRead = useGrant("logistics.read");
  const every = useLookEvery(10_000);
  const list = useQuery({
    queryKey: ["parcels", "regions"],
    queryFn: () => given(api.GET("/api/v1/parcels/regions", { params: { query: { since: dayjs().startOf("day").toISOString() } } })),
    refetchInterval: every,
    enabled: mayRead,
  });
  if (!mayRead) return null;
  const rows = (list.data ?? []).slice(0, 10);
  const most = Math.max(1, ...rows.map((each) => each.parcels));
  return (
    <section data-testid="regions">
      <h2>{say("screen.regions")}</h2>
      {rows.length === 0 && <p>{say("table.empty")}</p>}
      {rows.map((each) => (
        <div key={each.code} className="screen-bar">
          <span>{each.name || say("screen.elsewhere")}</span>
          <span className="screen-track">
            <i style={{ width: `${(each.parcels / most) * 100}%` }} />
          </span>
          <b>{each.parcels}</b>
        </div>
      ))}
    </section>
  );
}

function Figures() {
  const say = useSay();
  const lang = useLang();
  const today = useToday();
  if (!today) return null;
  const steps = [
    ["placed", today.placed],
    ["paid", today.paid],
    ["left", today.left],
    ["signed", today.signed],
  ] as const;
  const most = Math.max(1, today.placed);
  return (
    <div className="screen-top">
      <section>
        <h2>{say("today.sales")}</h2>
        {today.sums.length === 0 && <b className="screen-number">0</b>}
        {today.sums.map((each) => (
          <b key={each.currency} className="screen-number">
            {money(each.paid_minor - each.refunded_minor, each.currency, lang)}
          </b>
        ))}
        <Hours today={today} />
      </section>
      <section>
        <h2>{say("today.funnel")}</h2>
        {steps.map(([name, count]) => (
          <div key={name} className="screen-bar">
            <span>{say(`today.${name}`)}</span>
            <span className="screen-track">
              <i style={{ width: `${(count / most) * 100}%` }} />
            </span>
            <b>{count}</b>
          </div>
        ))}
        <p>
          {say("today.held_back")} <b>{today.held_back}</b> · {say("today.canceled")} <b>{today.canceled}</b>
        </p>
      </section>
    </div>
  );
}

function Latest() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const shops = useShops();
  const every = useLookEvery(3_000);
  const list = useQuery({
    queryKey: ["orders", "screen"],
    queryFn: () => readPage<Schema<"Order">>("/api/v1/orders", { limit: "9" }, null),
    refetchInterval: every,
  });
  return (
    <section>
      <h2>{say("start.latest")}</h2>
      <table>
        <tbody>
          {(list.data?.items ?? []).map((each) => (
            <tr key={each.id}>
              <td>{when(each.placed_at).slice(11)}</td>
              <td>{each.number}</td>
              <td>{shops.find((shop) => shop.id === each.shop_id)?.name}</td>
              <td>{word("status", each.status)}</td>
              <td>{money(each.total_minor, each.currency, lang)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Shops() {
  const say = useSay();
  const lang = useLang();
  const today = useToday();
  const shops = useShops();
  const rows = (today?.shops ?? []).slice(0, 10);
  const most = Math.max(1, ...rows.map((each) => each.orders));
  return (
    <section>
      <h2>{say("screen.shops")}</h2>
      {rows.length === 0 && <p>{say("table.empty")}</p>}
      {rows.map((each) => (
        <div key={`${each.shop_id} ${each.currency}`} className="screen-bar tall">
          <span>{shops.find((shop) => shop.id === each.shop_id)?.name}</span>
          <span className="screen-track">
            <i style={{ width: `${(each.orders / most) * 100}%` }} />
          </span>
          <b>
            {each.orders} · {money(each.paid_minor, each.currency, lang)}
          </b>
        </div>
      ))}
    </section>
  );
}

function Alarms() {
  const say = useSay();
  const pick = usePick();
  const every = useLookEvery(10_000);
  const work = useQuery({
    queryKey: ["work", "screen"],
    queryFn: () => given(api.GET("/api/v1/orders/work", { params: { query: { per: 3 } } })),
    refetchInterval: every,
  });
  const sections = (work.data?.sections ?? []).filter((each) => each.orders > 0);
  return (
    <section>
      <h2>{say("screen.alarms")}</h2>
      {sections.length === 0 && <p>{say("start.nothing")}</p>}
      {sections.map((each) => (
        <div key={each.code} className="screen-alarm">
          <span>{pick(each)}</span>
          <b className={each.overdue > 0 ? "screen-warn" : undefined}>{each.orders}</b>
          {each.items.slice(0, 2).map((item) => (
            <small key={`${item.order_id} ${item.cause?.code ?? ""}`}>
              {item.number} {item.cause ? pick(item.cause) : ""}
            </small>
          ))}
        </div>
      ))}
    </section>
  );
}
