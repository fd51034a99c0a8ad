import { useQuery } from "@tanstack/react-query";
import { Card, Statistic } from "antd";
import dayjs from "dayjs";
import { api, given, type Schema } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useLang, useSay } from "../../i18n";
import { money } from "../../ui/format";

type Figures = Schema<"Today">;

/** What came in since midnight here. After midnight the next look is of the new day. */
export function useToday(): Figures | undefined {
  const every = useLookEvery(5_000);
  return useQuery({
    queryKey: ["orders", "today"],
    queryFn: () => given(api.GET("/api/v1/orders/today", { params: { query: { since: dayjs().startOf("day").toISOString() } } })),
    refetchInterval: every,
  }).data as Figures | undefined;
}

/** The orders of each hour of the day as bars. */
export function Hours({ today }: { today: Figures }) {
  const say = useSay();
  const counts = Array.from({ length: 24 }, (_, hour) => today.hours.find((each) => each.hour === hour)?.orders ?? 0);
  const most = Math.max(1, ...counts);
  return (
    <svg viewBox="0 0 240 60" className="hours" role="img" aria-label={say("today.hours")}>
      {counts.map((count, hour) => (
        <rect key={hour} x={hour * 10 + 1} width={8} rx={1.5} y={58 - (count / most) * 54} height={Math.max(2, (count / most) * 54)} className={count ? undefined : "none"}>
          <title>{`${hour}:00 · ${count}`}</title>
        </rect>
      ))}
    </svg>
  );
}

/** The day in figures, on the start page. */
export function TodayCard() {
  const say = useSay();
  const lang = useLang();
  const today = useToday();
  if (!today) return null;
  return (
    <Card size="small" title={say("today.title")} className="gap">
      <div className="today">
        {today.sums.map((each) => (
          <Statistic key={each.currency} title={`${say("today.sales")} ${today.sums.length > 1 ? each.currency : ""}`} value={money(each.paid_minor - each.refunded_minor, each.currency, lang)} />
        ))}
        {(["placed", "paid", "left", "signed", "held_back", "canceled"] as const).map((name) => (
          <Statistic key={name} title={say(`today.${name}`)} value={today[name]} />
        ))}
        <Hours today={today} />
      </div>
    </Card>
  );
}
