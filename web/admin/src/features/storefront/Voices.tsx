import { useQuery } from "@tanstack/react-query";
import { Button, Rate, Select, Space, Tag } from "antd";
import { Link } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { useAct } from "../../ui/useAct";
import { TabsHere } from "../../ui/TabsHere";
import { SkuName } from "../names";

type Review = Schema<"ReviewForModeration">;
type Asked = Schema<"ToModerate">;
const STATES = ["pending", "approved", "rejected"];
const COLOURS: Record<string, string> = { pending: "gold", approved: "green", rejected: "red" };

/** What shoppers wrote: reviews and questions, those that wait for a decision first. */
export function Voices() {
  const say = useSay();
  const maySeeQuestions = useGrant("storefront.moderate_question");
  return (
    <>
      <div className="head">
        <h1>{say("nav.voices")}</h1>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "reviews", label: say("voice.reviews"), children: <Reviews /> },
          ...(maySeeQuestions ? [{ key: "questions", label: say("voice.questions"), children: <Questions /> }] : []),
        ]}
      />
    </>
  );
}

function StatusFilter() {
  const say = useSay();
  const word = useWord();
  const [status, setStatus] = useFilter("status");
  return <Select aria-label={say("promotion.status")} value={status ?? "pending"} onChange={(picked) => setStatus(picked === "pending" ? undefined : picked)} options={STATES.map((each) => ({ value: each, label: word("voice", each) }))} style={{ minWidth: 130 }} />;
}

const State = ({ status, heldFor }: { status: string; heldFor: readonly string[] }) => {
  const word = useWord();
  return (
    <Space size={4} wrap>
      <Tag color={COLOURS[status]}>{word("voice", status)}</Tag>
      {heldFor.map((each) => (
        <Tag key={each}>{word("held_for", each)}</Tag>
      ))}
    </Space>
  );
};

interface DecideProps {
  action: string;
  id: Record<string, string>;
  status: string;
  grant: string;
}

function Decide({ action, id, status, grant }: DecideProps) {
  const say = useSay();
  const acting = useAct(action);
  if (!useGrant(grant)) return null;
  return (
    <Space>
      {status !== "approved" && (
        <Button size="small" type="primary" loading={acting.isPending} onClick={() => acting.mutate({ ...id, approve: true })}>
          {say("voice.show")}
        </Button>
      )}
      {status !== "rejected" && <ActionButton action={action} grant={grant} label={say("voice.hide")} given={{ ...id, approve: false }} button={{ size: "small", danger: true }} />}
    </Space>
  );
}

function Reviews() {
  const say = useSay();
  const [status] = useFilter("status");
  const grant = "storefront.moderate_review";
  const columns: Column<Review>[] = [
    { key: "sku", title: say("voice.goods"), render: (r) => <Link to={`/products/${r.product_id}`}><SkuName id={r.sku_id} /></Link>, text: (r) => r.sku_id },
    { key: "stars", title: say("voice.stars"), render: (r) => <Rate disabled value={r.stars} />, text: (r) => r.stars },
    {
      key: "text",
      title: say("voice.text"),
      text: (r) => r.text,
      render: (r) => (
        <div className="said">
          <div>{r.text}</div>
          {r.pictures.map((each) => (
            <img key={each} src={`/api/v1/media/${each}`} alt="" className="said-picture" loading="lazy" />
          ))}
          {r.reply && <div className="soft">{say("voice.replied", { text: r.reply })}</div>}
          {r.reason && <div className="soft">{r.reason}</div>}
        </div>
      ),
    },
    { key: "status", title: say("promotion.status"), render: (r) => <State status={r.status} heldFor={r.held_for} />, text: (r) => r.status },
    { key: "at", title: say("voice.at"), render: (r) => <span className="soft">{when(r.at)}</span>, text: (r) => r.at },
    {
      key: "do",
      title: "",
      text: () => "",
      render: (r) => (
        <Space wrap>
          <Decide action="storefront.moderate_review" id={{ review_id: r.id }} status={r.status} grant={grant} />
          <ActionButton action="storefront.reply_to_review" grant={grant} label={say("voice.reply")} given={{ review_id: r.id }} button={{ size: "small" }} />
          <Link to={`/orders/${r.order_id}`}>{say("voice.order")}</Link>
        </Space>
      ),
    },
  ];
  return <CrudTable<Review> name="voices" path="/api/v1/storefront/reviews" columns={columns} rowKey={(r) => r.id} query={{ status: status ?? "pending" }} filters={<StatusFilter />} empty={say("voice.nothing")} refetchMs={15_000} />;
}

function ProductLink({ id }: { id: string }) {
  const product = useQuery({ queryKey: ["product", id], queryFn: () => given(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: id } } })), staleTime: 60_000 });
  return <Link to={`/products/${id}`}>{product.data?.product.name ?? "…"}</Link>;
}

function Questions() {
  const say = useSay();
  const word = useWord();
  const [status] = useFilter("status");
  const grant = "storefront.moderate_question";
  const columns: Column<Asked>[] = [
    { key: "product", title: say("voice.goods"), render: ({ question }) => <ProductLink id={question.product_id} />, text: ({ question }) => question.product_id },
    {
      key: "text",
      title: say("voice.text"),
      text: ({ question }) => question.text,
      render: ({ question, answers }) => (
        <div className="said">
          <b>{question.text}</b>
          {answers.map((each) => (
            <div key={each.id}>
              <Tag>{word("answered_by", each.by)}</Tag> {each.text} <State status={each.status} heldFor={each.held_for} />
              <Decide action="storefront.moderate_answer" id={{ answer_id: each.id }} status={each.status} grant={grant} />
            </div>
          ))}
        </div>
      ),
    },
    { key: "status", title: say("promotion.status"), render: ({ question }) => <State status={question.status} heldFor={question.held_for} />, text: ({ question }) => question.status },
    { key: "at", title: say("voice.at"), render: ({ question }) => <span className="soft">{when(question.at)}</span>, text: ({ question }) => question.at },
    {
      key: "do",
      title: "",
      text: () => "",
      render: ({ question }) => (
        <Space wrap>
          <Decide action="storefront.moderate_question" id={{ question_id: question.id }} status={question.status} grant={grant} />
          <ActionButton action="storefront.answer_for_shop" grant={grant} label={say("voice.answer")} given={{ question_id: question.id }} button={{ size: "small" }} />
        </Space>
      ),
    },
  ];
  return <CrudTable<Asked> name="questions" path="/api/v1/storefront/questions" columns={columns} rowKey={({ question }) => question.id} query={{ status: status ?? "pending" }} filters={<StatusFilter />} empty={say("voice.nothing")} refetchMs={15_000} />;
}
