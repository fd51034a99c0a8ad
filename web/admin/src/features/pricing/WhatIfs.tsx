import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Card, DatePicker, Empty, Progress, Select, Space, Table, Tag } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { run as act } from "../../api/actions";
import { readPage, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useSay, type Key } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { Bars, type Bar } from "../../ui/Bars";
import { useFilter } from "../../ui/CrudTable";
import { money, when } from "../../ui/format";
import { newKey } from "../../ui/keys";
import { isWrong, useWords, Wrong } from "../../ui/Wrong";
import { useShops } from "../names";

type Run = Schema<"WhatIf">;
type Sums = Required<Run["results"][number]["tally"]>;
type Result = Omit<Run["results"][number], "tally"> & { tally: Sums };
const LOOK_MS = 1_000;

const NONE: Sums = {
  orders: 0, hit: 0, pieces_hit: 0, revenue_before_minor: 0, revenue_after_minor: 0, margin_before_minor: 0, margin_after_minor: 0, margin_hit_minor: 0,
  off_minor: 0, shop_off_minor: 0, freight_off_minor: 0, gifts: 0, gifts_value_minor: 0, losing: 0, examples: [], nearly: 0, nearly_missing_minor: 0,
  used_up: 0, unproven: 0, cost_unknown_lines: 0,
};

/** Sums that are zero are not sent. */
const resultsOf = (run: Run): Result[] => run.results.map((each) => ({ ...each, tally: { ...NONE, ...each.tally } }));

/** Campaigns tried on past orders, beside each other and beside what runs today. */
export function WhatIfs() {
  const say = useSay();
  const runs = useQuery({
    queryKey: ["what-ifs"],
    queryFn: () => readPage<Run>("/api/v1/marketing/what-ifs", { limit: "20" }, null),
    refetchInterval: (query) => (query.state.data?.items.some((each) => each.status === "running") ? LOOK_MS : false),
  });
  const [picked, setPicked] = useFilter("run");
  const shown = runs.data?.items.find((each) => each.id === picked) ?? runs.data?.items[0];
  if (isWrong(runs)) return <Wrong error={runs.error} onRetry={() => void runs.refetch()} />;
  return (
    <div className="stack">
      <Begin onBegun={(id) => setPicked(id)} />
      {runs.data?.items.length === 0 && <Empty description={say("whatif.empty")} />}
      {shown && <Shown run={shown} />}
      {runs.data && runs.data.items.length > 1 && (
        <Card title={say("whatif.earlier")} size="small">
          {runs.data.items.map((each) => (
            <div className="version" key={each.id}>
              <Button type="link" size="small" disabled={each.id === shown?.id} onClick={() => setPicked(each.id)}>
                {when(each.started_at)} · {each.results.map((result) => result.name).join(" / ")}
              </Button>
            </div>
          ))}
        </Card>
      )}
    </div>
  );
}

/** Which campaigns on which orders. Promotions of one campaign are in force together; drafts count as if published. */
function Begin({ onBegun }: { onBegun: (id: string) => void }) {
  const say = useSay();
  const words = useWords();
  const client = useQueryClient();
  const shops = useShops();
  const [named] = useFilter("promotion");
  const [shop, setShop] = useState<string>();
  const [days, setDays] = useState<[dayjs.Dayjs, dayjs.Dayjs]>([dayjs().subtract(90, "day").startOf("day"), dayjs().add(1, "day").startOf("day")]);
  const [chosen, setChosen] = useState<string[]>(named ? [named] : []);
  const [isTogether, setTogether] = useState(false);
  const [key, setKey] = useState(newKey);
  const promotions = useQuery({ queryKey: ["promotions", "all"], queryFn: () => readPage<Schema<"PromotionHead">>("/api/v1/promotions", { limit: "200" }, null), staleTime: 0 });
  const heads = promotions.data?.items.filter((each) => each.status !== "ended") ?? [];
  const name = (id: string) => {
    const head = heads.find((each) => each.id === id);
    if (!head) return id;
    const isShared = heads.some((each) => each.id !== id && each.name === head.name && chosen.includes(each.id));
    return (isShared ? `${head.code} ${head.name}` : head.name).slice(0, 60);
  };
  // Campaigns are kept under their names, so the list that tells them is waited for.
  const isNaming = promotions.isFetching && !chosen.every((id) => heads.some((each) => each.id === id));
  const shopId = shop ?? shops[0]?.id;
  const beginning = useMutation({
    mutationFn: async () => {
      const campaigns = isTogether
        ? [{ name: chosen.map(name).join(" + ").slice(0, 60), promotion_ids: chosen }]
        : chosen.map((id) => ({ name: name(id), promotion_ids: [id] }));
      return (await act("marketing.start_what_if", { shop_id: shopId, since: days[0].toISOString(), until: days[1].toISOString(), campaigns }, key)) as Run;
    },
    onSuccess: async (begun) => {
      setKey(newKey());
      onBegun(begun.id);
      await client.invalidateQueries({ queryKey: ["what-ifs"] });
    },
  });
  if (!useGrant("marketing.start_what_if")) return null;
  return (
    <Card title={say("whatif.title")}>
      <p className="soft">{say("whatif.hint")}</p>
      <Space wrap>
        <Select aria-label={say("filter.shop")} value={shopId} onChange={setShop} options={shops.map((each) => ({ value: each.id, label: each.name }))} style={{ minWidth: 150 }} />
        <DatePicker.RangePicker allowClear={false} value={days} onChange={(range) => range?.[0] && range[1] && setDays([range[0].startOf("day"), range[1].startOf("day")])} />
        <Select
          mode="multiple"
          maxCount={10}
          aria-label={say("whatif.promotions")}
          placeholder={say("whatif.promotions")}
          value={chosen}
          onChange={setChosen}
          showSearch={{ optionFilterProp: "label" }}
          options={heads.map((each) => ({ value: each.id, label: `${each.code} ${each.name}` }))}
          style={{ minWidth: 360 }}
        />
        <Select aria-label={say("whatif.how")} value={isTogether} onChange={setTogether} options={[{ value: false, label: say("whatif.apart") }, { value: true, label: say("whatif.together") }]} style={{ minWidth: 150 }} />
        <Button type="primary" disabled={chosen.length === 0 || !shopId || isNaming} loading={beginning.isPending} onClick={() => beginning.mutate()}>
          {say("whatif.start")}
        </Button>
      </Space>
      {beginning.error && <Alert type="error" showIcon title={words(beginning.error)} style={{ marginTop: 12 }} />}
    </Card>
  );
}

const share = (part: number, whole: number): string => (whole ? `${((100 * part) / whole).toFixed(1)}%` : "–");

function Shown({ run }: { run: Run }) {
  const say = useSay();
  const lang = useLang();
  const results = resultsOf(run);
  const amount = (minor: number) => money(minor, run.currency, lang);
  const bars = (before: (each: Result) => number, after: (each: Result) => number): Bar[] => {
    const first = results[0];
    if (!first) return [];
    return [
      { name: say("whatif.without"), value: before(first), shown: amount(before(first)), tone: "before" as const },
      ...results.map((each) => ({ name: each.name, value: after(each), shown: amount(after(each)), tone: "after" as const })),
    ];
  };
  const rows: [Key, (each: Result) => string][] = [
    ["whatif.hit", ({ tally }) => `${tally.hit.toLocaleString()} (${share(tally.hit, tally.orders)})`],
    ["whatif.revenue", ({ tally }) => amount(tally.revenue_after_minor)],
    ["whatif.revenue_change", ({ tally }) => amount(tally.revenue_after_minor - tally.revenue_before_minor)],
    ["whatif.off", ({ tally }) => amount(tally.off_minor + tally.freight_off_minor)],
    ["whatif.shop_off", ({ tally }) => amount(tally.shop_off_minor)],
    ["whatif.gifts", ({ tally }) => tally.gifts.toLocaleString()],
    ["whatif.margin", ({ tally }) => `${amount(tally.margin_after_minor)} (${share(tally.margin_after_minor, tally.revenue_after_minor)})`],
    ["whatif.margin_change", ({ tally }) => amount(tally.margin_after_minor - tally.margin_before_minor)],
    ["whatif.losing", ({ tally }) => tally.losing.toLocaleString()],
    ["whatif.nearly", ({ tally }) => tally.nearly.toLocaleString()],
    ["whatif.used_up", ({ tally }) => tally.used_up.toLocaleString()],
    ["whatif.extra", (each) => (each.extra_orders === null || each.extra_orders === undefined ? say("whatif.never") : `${each.extra_orders.toLocaleString()} (${share(each.extra_orders, each.tally.hit)})`)],
  ];
  const losing = results.flatMap((each) => each.tally.examples.map((order) => ({ ...order, campaign: each.name })));
  return (
    <Card
      title={
        <Space wrap>
          {say("whatif.result", { n: run.done.toLocaleString(), from: dayjs(run.since).format("YYYY-MM-DD"), to: dayjs(run.until).format("YYYY-MM-DD") })}
          <Tag color={run.status === "finished" ? "green" : run.status === "stopped" ? "default" : "processing"}>{say(`whatif.${run.status}`)}</Tag>
        </Space>
      }
      extra={run.status === "running" && <ActionButton action="marketing.stop_what_if" grant="marketing.start_what_if" label={say("whatif.stop")} given={{ what_if_id: run.id }} button={{ size: "small" }} />}
    >
      {run.status === "running" && <Progress percent={Math.round((100 * run.done) / Math.max(run.total, 1))} />}
      <div className="charts">
        <Bars title={say("whatif.revenue")} bars={bars((each) => each.tally.revenue_before_minor, (each) => each.tally.revenue_after_minor)} />
        <Bars title={say("whatif.margin")} bars={bars((each) => each.tally.margin_before_minor, (each) => each.tally.margin_after_minor)} />
        <Bars title={say("whatif.hit")} bars={results.map((each) => ({ name: each.name, value: each.tally.hit, shown: `${each.tally.hit.toLocaleString()} / ${each.tally.orders.toLocaleString()}` }))} />
        <Bars title={say("whatif.shop_off")} bars={results.map((each) => ({ name: each.name, value: each.tally.shop_off_minor, shown: amount(each.tally.shop_off_minor), tone: "before" as const }))} />
      </div>
      <Table
        size="small"
        rowKey="key"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={rows.map(([key, tell]) => ({ key, tell }))}
        columns={[
          { title: "", render: (_, row) => say(row.key) },
          ...results.map((each, at) => ({ key: String(at), title: each.name, align: "right" as const, render: (_: unknown, row: { tell: (one: Result) => string }) => row.tell(each) })),
        ]}
      />
      {losing.length > 0 && (
        <Table
          size="small"
          title={() => say("whatif.losing_list")}
          rowKey={(row) => `${row.campaign} ${row.number}`}
          pagination={{ pageSize: 10, hideOnSinglePage: true }}
          dataSource={losing}
          columns={[
            { title: say("order.number"), dataIndex: "number" },
            { title: say("whatif.campaign"), dataIndex: "campaign" },
            { title: say("whatif.margin_before"), align: "right", render: (_, row) => amount(row.margin_before_minor) },
            { title: say("whatif.margin"), align: "right", render: (_, row) => amount(row.margin_after_minor) },
          ]}
        />
      )}
      <p className="soft">{say("whatif.caveat", { n: run.repriced_as_recorded.toLocaleString() })}</p>
    </Card>
  );
}
