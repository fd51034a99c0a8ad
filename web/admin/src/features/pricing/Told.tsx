import { Alert, Card, Empty, Skeleton, Tag } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, usePick, useSay, useWord } from "../../i18n";
import { useWords } from "../../ui/Wrong";
import { inputOf, isFilled, type Draft } from "./tools";

type Said = Schema<"ToldPromotion">;
const COLOURS: Record<string, string> = { one_of: "red", apart: "orange", cheapest: "blue", both: "green" };
const PARTS = ["goods", "buyers", "when", "limits", "borne"] as const;

/** A value once it has not changed for a moment, so that typing asks once and not with every letter. */
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  const said = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(said) as T), ms);
    return () => clearTimeout(timer);
  }, [said, ms]);
  return settled;
}

/** What the promotion under the pen says, why it could not be saved, and what it would meet. */
export function useTold(draft: Draft, promotionId: string | undefined, currency: string) {
  const written = inputOf(draft);
  const asked = useSettled({ ...written, code: draft.code || "NEW", name: draft.name || "…", promotion_id: promotionId ?? null, currency }, 250);
  return useQuery({
    queryKey: ["told", asked],
    queryFn: () => given(api.POST("/api/v1/promotions/tell", { body: asked as unknown as Schema<"TellPromotion"> })),
    placeholderData: (before) => before,
    retry: false,
    staleTime: 30_000,
    enabled: isFilled(draft),
  });
}

export function Told({ told, isAsked }: { told: ReturnType<typeof useTold>; isAsked: boolean }) {
  const say = useSay();
  const pick = usePick();
  const words = useWords();
  if (!isAsked) return <Card title={say("promotion.in_words")}><Alert type="warning" showIcon title={say("promotion.unfinished")} description={say("promotion.choose_goods")} /></Card>;
  if (told.isPending) return <Card><Skeleton active /></Card>;
  const said = told.error ? undefined : (told.data as Said | undefined);
  return (
    <Card title={say("promotion.in_words")}>
      {told.error && <Alert type="warning" showIcon title={say("promotion.unfinished")} description={words(told.error)} />}
      {said && (
        <>
          <p className="sentence" data-testid="sentence">{pick(said.gives)}</p>
          <dl className="sums told">
            {PARTS.map((part) => (
              <Part key={part} name={say(`promotion.part_${part}`)} text={pick(said[part])} />
            ))}
          </dl>
          {said.unsound && <Alert type="error" showIcon title={pick(said.unsound)} style={{ marginTop: 12 }} />}
        </>
      )}
    </Card>
  );
}

const Part = ({ name, text }: { name: string; text: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{text}</dd>
  </>
);

/** The promotions in force that it may meet, those that limit each other first. */
export function Neighbours({ said }: { said: Said | undefined }) {
  const say = useSay();
  const word = useWord();
  const pick = usePick();
  const lang = useLang();
  const met = said?.neighbours ?? [];
  return (
    <Card title={say("promotion.meets", { n: said?.neighbours_all ?? 0 })}>
      {met.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("promotion.meets_none")} />}
      {met.map((each) => (
        <div className="version neighbour" key={each.promotion_id}>
          <div>
            <Tag color={COLOURS[each.together]}>{word("together", each.together)}</Tag>
            <Link to={`/promotions/${each.promotion_id}`}>{(lang === "en" && each.name_en) || each.name}</Link> <Tag>{word("layer", each.layer)}</Tag>
          </div>
          <div>{pick(each.gives)}</div>
          <div className="soft">{each.by_group ? say("together.by_group") : word("together_why", each.together)}</div>
        </div>
      ))}
    </Card>
  );
}
