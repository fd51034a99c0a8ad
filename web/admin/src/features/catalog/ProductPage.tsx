import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Card, Empty, Skeleton, Space, Tag } from "antd";
import { Link, useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { TabsHere } from "../../ui/TabsHere";
import { Basics } from "./Basics";
import { Descriptions } from "./Descriptions";
import { MediaOf } from "./MediaOf";
import { useSaving } from "./useSaving";
import { Variants } from "./Variants";

export type ProductDetail = Schema<"ProductDetail">;
export const STATE_COLOURS: Record<string, string> = { listed: "green", in_review: "gold", approved: "blue" };

/** A product as those who keep the catalog work on it: what is said of it, its variants, pictures, words and life. */
export function ProductPage() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const { id = "" } = useParams();
  const product = useQuery({
    queryKey: ["product", id],
    queryFn: () => given(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: id } } })),
  });
  const saving = useSaving(product.data?.product);
  if (product.isPending) return <Skeleton active />;
  if (isWrong(product)) return <Wrong error={product.error} onRetry={() => void product.refetch()} />;
  const detail = product.data as ProductDetail;
  const props = { detail, saving };
  return (
    <>
      <div className="head">
        <div>
          <Link to="/products">
            <ArrowLeftOutlined /> {say("nav.products")}
          </Link>
          <h1>
            {(lang === "en" && detail.product.name_en) || detail.product.name} <Tag color={STATE_COLOURS[detail.product.status]}>{word("product", detail.product.status)}</Tag>
          </h1>
          <p className="soft">
            {detail.product.code}
            {detail.product.list_at && ` · ${say("product.list_at", { at: when(detail.product.list_at) })}`}
          </p>
        </div>
        <Life detail={detail} />
      </div>
      <TabsHere
        key={detail.product.id}
        items={[
          { key: "skus", label: say("product.skus"), children: <Variants detail={detail} /> },
          { key: "basics", label: say("product.basics"), children: <Basics {...props} /> },
          { key: "media", label: say("product.media"), children: <MediaOf {...props} /> },
          { key: "words", label: say("product.words"), children: <Descriptions {...props} /> },
          { key: "reviews", label: say("product.reviewing"), children: <Steps detail={detail} /> },
        ]}
      />
    </>
  );
}

/** What can become of it next. */
function Life({ detail }: { detail: ProductDetail }) {
  const say = useSay();
  const { id, status, version } = detail.product;
  const one = { product_id: id };
  const isOff = status === "draft" || status === "delisted";
  return (
    <Space wrap>
      {isOff && <ActionButton action="catalog.submit_for_review" label={say("product.submit")} given={one} />}
      {(status === "in_review" || status === "approved") && <ActionButton action="catalog.reject_product" label={say("product.reject")} given={one} button={{ danger: true }} />}
      {status === "in_review" && <ActionButton action="catalog.approve_product" label={say("product.approve")} given={{ ...one, version }} button={{ type: "primary" }} />}
      {(isOff || status === "approved") && <ActionButton action="catalog.list_product" label={say("product.list")} given={one} button={{ type: "primary" }} />}
      {status === "listed" && <ActionButton action="catalog.delist_product" label={say("product.delist")} given={one} button={{ danger: true }} />}
    </Space>
  );
}

function Steps({ detail }: { detail: ProductDetail }) {
  const say = useSay();
  const word = useWord();
  return (
    <Card>
      {detail.reviews.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("product.no_reviews")} />}
      {detail.reviews.map((each) => (
        <div className="version" key={each.seq}>
          <Space wrap>
            <Tag color={each.verdict === "approved" ? "green" : each.verdict === "rejected" ? "red" : "gold"}>{word("verdict_of_review", each.verdict)}</Tag>
            <span>{each.by}</span>
            <span className="soft">{when(each.at)}</span>
          </Space>
          {each.reason && <div>{each.reason}</div>}
        </div>
      ))}
    </Card>
  );
}
