import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { readPage, type Schema } from "../api/client";
import { holds, useMe } from "../app/session";
import { useLang, useSay, type Key, type Lang } from "../i18n";
import { Frame } from "./Frame";
import { useWarehouse } from "./warehouse";

interface Tile {
  path: string;
  title: Key;
  sign: string;
  grant: string;
  waiting?: number;
}

function useWaiting(path: string, query: Record<string, string>, count: (rows: unknown[]) => number): number | undefined {
  const list = useQuery({ queryKey: ["waiting", path, query], queryFn: () => readPage<unknown>(path, query, null), refetchInterval: 10_000 });
  return list.data && count(list.data.items);
}

const all = (rows: unknown[]): number => rows.length;

/** What there is to do in a warehouse, under the thumb. */
export function Home({ onLang, onLeave, onOut }: { onLang: (lang: Lang) => void; onLeave: () => void; onOut: () => void }) {
  const say = useSay();
  const lang = useLang();
  const me = useMe();
  const warehouse = useWarehouse();
  const place = { warehouse_id: warehouse.id };
  const notices = useWaiting("/api/v1/warehouse/notices", { ...place, status: "open" }, all);
  const unplaced = useWaiting("/api/v1/warehouse/unplaced", place, (rows) => (rows as Schema<"Unplaced">[]).filter((each) => each.unplaced > 0).length);
  const tasks = useWaiting("/api/v1/warehouse/tasks", { warehouse: warehouse.id }, all);
  const picked = useWaiting("/api/v1/warehouse/requests", { warehouse: warehouse.id, state: "picked", transfers: "false" }, all);
  const ready = useWaiting("/api/v1/warehouse/requests", { warehouse: warehouse.id, state: "picked", transfers: "true" }, all);
  const counts = useWaiting("/api/v1/warehouse/counts", { ...place, status: "open" }, all);
  const backs = useWaiting("/api/v1/warehouse/put-backs", { warehouse: warehouse.id }, all);
  const tiles: Tile[] = [
    { path: "/receive", title: "pda.receive", sign: "⇩", grant: "warehouse.receive", waiting: notices },
    { path: "/put-away", title: "pda.put_away", sign: "▤", grant: "warehouse.move_pieces", waiting: unplaced },
    { path: "/pick", title: "pda.pick", sign: "☑", grant: "warehouse.pick", waiting: tasks },
    { path: "/pack", title: "pda.pack", sign: "▣", grant: "warehouse.pack", waiting: picked },
    { path: "/count", title: "pda.count", sign: "#", grant: "warehouse.count", waiting: counts },
    { path: "/transfer", title: "pda.transfer", sign: "⇄", grant: "warehouse.transfer", waiting: ready },
    { path: "/back", title: "pda.back_in", sign: "↩", grant: "warehouse.pick", waiting: backs },
  ];
  return (
    <Frame title={warehouse.name} back={onLeave}>
      <nav className="pda-tiles">
        {tiles
          .filter((each) => holds(me.grants, each.grant))
          .map((each) => (
            <Link key={each.path} to={each.path}>
              <i aria-hidden="true">{each.sign}</i>
              <b>{say(each.title)}</b>
              {each.waiting ? <em>{each.waiting}</em> : null}
            </Link>
          ))}
      </nav>
      <div className="pda-row">
        <button type="button" className="pda-button quiet" onClick={() => onLang(lang === "en" ? "zh-CN" : "en")}>
          {lang === "en" ? "中文" : "English"}
        </button>
        <button type="button" className="pda-button quiet" onClick={onOut}>
          {me.display_name || me.name} · {say("me.sign_out")}
        </button>
      </div>
    </Frame>
  );
}
