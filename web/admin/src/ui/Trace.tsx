import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Skeleton, Tag, Timeline } from "antd";
import { Link, useLocation } from "react-router";
import { readPage, type Schema } from "../api/client";
import { useActionWord } from "../api/forms";
import { useLang, useSay, useWord } from "../i18n";
import { money, when } from "./format";
import { Happened, useWho } from "./Named";
import { placeOf } from "./places";
import { isWrong, Wrong } from "./Wrong";

type Entry = Schema<"TraceEntry">;

const COLOURS: Record<string, string> = { event: "blue", transfer: "green", points: "gold", quota: "orange", entry: "purple", decision: "magenta", action: "cyan", scan: "geekblue", limit: "orange", money: "volcano" };

type Detail = Record<string, unknown>;

/** What moved, in a line: from where to where and how much, or the words and sums that an event carries. */
function useSummary(): (kind: string, detail: Detail) => string {
  const word = useWord();
  const lang = useLang();
  const text = (value: unknown) => (value === undefined || value === null || value === "" ? [] : [String(value)]);
  const sum = (detail: Detail) =>
    ["amount_minor", "total_minor", "paid_minor", "refund_minor"]
      .filter((name) => typeof detail[name] === "number")
      .map((name) => money(detail[name] as number, String(detail.currency ?? "CNY"), lang));
  return (kind, detail) => {
    if (kind === "message") return word("told", String(detail.to));
    const ends = [detail.from, detail.to].filter((end): end is string => typeof end === "string");
    const moved = ends.length ? [ends.map((end) => word("bucket", end)).join(" → "), ...text(detail.amount)] : [];
    const told = lang === "en" ? text(detail.en ?? detail.zh) : text(detail.zh ?? detail.en);
    const method = typeof detail.method === "string" ? [word("method", detail.method)] : [];
    return [...text(detail.number ?? detail.waybill), ...moved, ...text(detail.place), ...told, ...method, ...sum(detail), ...text(detail.reason), ...text(detail.party)].join(" · ");
  };
}

/** Everything that happened to something, in the order of time, each with its cause. */
export function Trace({ path }: { path: string }) {
  const say = useSay();
  const word = useWord();
  const summary = useSummary();
  const actionWord = useActionWord();
  const who = useWho();
  const here = useLocation().pathname;
  const list = useInfiniteQuery({
    queryKey: [path],
    queryFn: ({ pageParam }) => readPage<Entry>(path, {}, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  if (list.isPending) return <Skeleton active />;
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const entries = list.data.pages.flatMap((each) => each.items);
  return (
    <>
      <Timeline
        items={entries.map((entry, index) => ({
          key: index,
          color: COLOURS[entry.kind] ?? "gray",
          content: (
            <div className="trace-entry">
              <span className="soft">{when(entry.at)}</span> <Tag>{word("trace", entry.kind)}</Tag> <Happened name={entry.what} />
              <div>{summary(entry.kind, entry.detail as Detail)}</div>
              <small className="soft">
                {say("by")} {who(entry.by)} · {word("door", entry.door)} {entry.action && <span title={entry.action}>· {actionWord(entry.action)}</span>} <Leads to={placeOf(entry.link ?? "")} here={here} />
              </small>
            </div>
          ),
        }))}
      />
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {say("table.more")}
        </Button>
      )}
    </>
  );
}

function Leads({ to, here }: { to: string | null; here: string }) {
  const say = useSay();
  return to === null || to === here ? null : (
    <>
      · <Link to={to}>{say("trace.open")}</Link>
    </>
  );
}
