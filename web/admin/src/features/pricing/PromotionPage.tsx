import { ArrowLeftOutlined, ExperimentOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Card, Progress, Skeleton, Space, Tag } from "antd";
import { useEffect, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { useFilter } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { Money } from "../../ui/Money";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useShops, useShopsPending } from "../names";
import { Borne, Gives, LimitsSection, Names, Standing, WhenSection, Who } from "./Sections";
import { Neighbours, Told, useTold } from "./Told";
import { ToolPicker } from "./ToolPicker";
import { draftOf, draftOfTool, inputOf, isFilled, TOOLS, type Draft, type Kind } from "./tools";

type Detail = Schema<"PromotionDetail">;

/** The currency in which a promotion's amounts are shown: that of its first shop, or of any. */
export function useCurrency(shopIds: readonly string[] = []): string {
  const shops = useShops();
  return (shops.find((each) => shopIds.includes(each.id)) ?? shops[0])?.currency ?? "CNY";
}

const Back = () => {
  const say = useSay();
  return (
    <Link to="/promotions">
      <ArrowLeftOutlined /> {say("nav.promotions")}
    </Link>
  );
};

/** A new promotion: first the tool, then its figures, with what it says in words all the while. */
export function NewPromotion() {
  const say = useSay();
  const [kind, setKind] = useFilter("tool");
  const tool = TOOLS.find((each) => each.kind === kind)?.kind;
  return (
    <>
      <div className="head">
        <div>
          <Back />
          <h1>{say("promotion.new")}</h1>
          <p className="soft">{say("promotion.pick_tool")}</p>
        </div>
        {tool && <Button onClick={() => setKind(undefined)}>{say("promotion.other_tool")}</Button>}
      </div>
      {tool ? <Begun key={tool} tool={tool} /> : <ToolPicker onPick={(picked: Kind) => setKind(picked)} />}
    </>
  );
}

/** A draft begins when it is known which shops there are: it would begin anew otherwise, without what was written. */
function Begun({ tool }: { tool: Kind }) {
  const shops = useShops();
  if (useShopsPending()) return <Skeleton active />;
  return <Writing first={() => draftOfTool(tool, shops[0]?.timezone ?? "Asia/Shanghai")} />;
}

export function PromotionPage() {
  const { id = "" } = useParams();
  const lang = useLang();
  const word = useWord();
  const detail = useQuery({
    queryKey: ["promotion", id],
    queryFn: () => given(api.GET("/api/v1/promotions/{promotion_id}", { params: { path: { promotion_id: id } } })),
    refetchInterval: 15_000,
  });
  if (detail.isPending) return <Skeleton active />;
  if (isWrong(detail)) return <Wrong error={detail.error} onRetry={() => void detail.refetch()} />;
  const { head } = detail.data;
  return (
    <>
      <div className="head">
        <div>
          <Back />
          <h1>
            {(lang === "en" && head.name_en) || head.name} <Tag color={head.status === "published" ? "green" : "default"}>{word("promotion", head.status)}</Tag>
          </h1>
          <p className="soft">
            {head.code} · {word("tool", head.kind)} · {word("layer", head.layer)}
          </p>
        </div>
        <Life head={head} />
      </div>
      <Known detail={detail.data as Detail} />
    </>
  );
}

function Life({ head }: { head: Detail["head"] }) {
  const say = useSay();
  const grant = "pricing.publish_promotions";
  const one = { promotion_id: head.id };
  const isBehind = head.published !== null && head.published !== undefined && head.latest > head.published;
  return (
    <Space wrap>
      {head.status !== "draft" && head.status !== "ended" && (
        <Link to={`/promotions?tab=try&promotion=${head.id}`}>
          <Button icon={<ExperimentOutlined />}>{say("whatif.try")}</Button>
        </Link>
      )}
      {head.status === "draft" && (
        <Link to={`/promotions?tab=try&promotion=${head.id}`}>
          <Button icon={<ExperimentOutlined />}>{say("whatif.try_first")}</Button>
        </Link>
      )}
      {head.status === "published" && <ActionButton action="pricing.pause_promotion" grant={grant} label={say("promotion.pause")} given={one} />}
      {(head.published ?? 0) > 1 && head.status !== "ended" && <ActionButton action="pricing.roll_back_promotion" grant={grant} label={say("promotion.roll_back")} given={one} />}
      {head.status !== "draft" && head.status !== "ended" && <ActionButton action="pricing.end_promotion" grant={grant} label={say("promotion.end")} given={one} button={{ danger: true }} />}
      {head.status !== "ended" && (head.status !== "published" || isBehind) && (
        <ActionButton
          action="pricing.publish_promotion"
          grant={grant}
          label={say(head.status === "paused" && !isBehind ? "promotion.go_on" : "promotion.publish", { n: head.latest })}
          given={{ ...one, version: head.latest }}
          button={{ type: "primary" }}
        />
      )}
    </Space>
  );
}

function Known({ detail }: { detail: Detail }) {
  const say = useSay();
  const [loaded, setLoaded] = useState(detail.head.latest);
  const version = detail.versions.find((each) => each.promotion.version === loaded) ?? detail.versions[0];
  if (!version) return null;
  return (
    <div className="stack">
      {loaded !== detail.head.latest && <Alert type="info" showIcon title={say("promotion.older", { n: loaded, latest: detail.head.latest })} action={<Button onClick={() => setLoaded(detail.head.latest)}>{say("promotion.to_latest")}</Button>} />}
      <LimitBars detail={detail} />
      <Writing key={`${detail.head.id} ${loaded}`} first={() => draftOf(version.promotion)} detail={detail} onSaved={() => setLoaded(detail.head.latest + 1)}>
        <Card title={say("rules.versions")}>
          {detail.versions.map((each) => (
            <div className="version" key={each.promotion.version}>
              <Space wrap>
                <b>{say("rules.version", { n: each.promotion.version })}</b>
                {each.promotion.version === detail.head.published && <Tag color="green">{say("promotion.in_force")}</Tag>}
                <span className="soft">{when(each.made_at)}</span>
                {each.promotion.version !== loaded && (
                  <Button size="small" onClick={() => setLoaded(each.promotion.version)}>
                    {say("rules.load")}
                  </Button>
                )}
              </Space>
              {each.note && <div className="soft">{each.note}</div>}
            </div>
          ))}
        </Card>
      </Writing>
    </div>
  );
}

function LimitBars({ detail }: { detail: Detail }) {
  const say = useSay();
  const word = useWord();
  const currency = useCurrency(detail.head.shop_ids);
  if (detail.limits.length === 0) return null;
  const amount = (kind: string, n: number) => (kind === "budget" ? <Money minor={n} currency={currency} /> : n.toLocaleString());
  return (
    <div className="cards">
      {detail.limits.map((each) => (
        <Card key={each.kind} size="small" title={word("quota", each.kind)}>
          <Progress percent={Math.round((100 * (each.used + each.held)) / Math.max(each.limit, 1))} success={{ percent: Math.round((100 * each.used) / Math.max(each.limit, 1)) }} />
          <div className="soft">
            {say("promotion.used")} {amount(each.kind, each.used)} · {say("promotion.held")} {amount(each.kind, each.held)} · {say("promotion.left")} {amount(each.kind, each.left)}
          </div>
        </Card>
      ))}
    </div>
  );
}

interface WritingProps {
  first: () => Draft;
  detail?: Detail;
  onSaved?: () => void;
  children?: React.ReactNode;
}

/** The form on the left; on the right what it says in words, what it would meet, and the button that saves it. */
function Writing({ first, detail, onSaved, children }: WritingProps) {
  const say = useSay();
  const go = useNavigate();
  const [draft, setDraft] = useState(first);
  const [isTouched, setTouched] = useState(detail === undefined);
  const currency = useCurrency(draft.scope.shops);
  const told = useTold(draft, detail?.head.id, currency);
  useLeaving(isTouched && detail !== undefined);
  const write = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    setTouched(true);
  };
  const props = { draft, write, currency };
  const said = told.error ? undefined : told.data;
  const isReady = isTouched && isFilled(draft) && draft.name.trim() !== "" && said !== undefined && !said.unsound;
  const isOver = detail?.head.status === "ended";
  return (
    <div className="two">
      <div className="stack">
        <Gives {...props} />
        <Names {...props} isNew={!detail} />
        <Who {...props} />
        <WhenSection {...props} />
        <LimitsSection {...props} />
        <Standing {...props} />
        <Borne {...props} />
      </div>
      <div className="stack follows">
        <Told told={told} isAsked={isFilled(draft)} />
        {!isOver && (
          <SaveButton
            input={{ ...inputOf(draft), ...(detail ? { promotion_id: detail.head.id, base: detail.head.latest } : {}) }}
            detail={detail}
            isReady={isReady}
            onDone={(result) => {
              setTouched(false);
              onSaved?.();
              if (!detail) void go(`/promotions/${(result as { id: string }).id}`);
            }}
          />
        )}
        {draft.name.trim() === "" && <span className="soft">{say("promotion.needs_name")}</span>}
        <Neighbours said={said} />
        {children}
      </div>
    </div>
  );
}

interface SaveProps {
  input: Record<string, unknown>;
  detail: Detail | undefined;
  isReady: boolean;
  onDone: (result: unknown) => void;
}

function SaveButton({ input, detail, isReady, onDone }: SaveProps) {
  const say = useSay();
  const sent = detail ? Object.fromEntries(Object.entries(input).filter(([name]) => name !== "code")) : input;
  return (
    <ActionButton
      action={detail ? "pricing.save_promotion" : "pricing.create_promotion"}
      grant="pricing.write_promotions"
      label={say(detail ? "promotion.save_version" : "promotion.save_draft")}
      given={sent}
      onDone={onDone}
      button={{ type: "primary", size: "large", block: true, disabled: !isReady }}
    />
  );
}

/** The browser asks before a page with something unsaved on it is closed. */
function useLeaving(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
}
