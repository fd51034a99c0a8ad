import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton, Table, Tag } from "antd";
import { Link, useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { Money } from "../../ui/Money";
import { Wrong } from "../../ui/Wrong";

export function ProductPage() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const { id = "" } = useParams();
  const product = useQuery({
    queryKey: ["product", id],
    queryFn: () => given(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: id } } })),
  });
  if (product.isPending) return <Skeleton active />;
  if (product.error) return <Wrong error={product.error} onRetry={() => void product.refetch()} />;
  const detail = product.data as Schema<"ProductDetail">;
  return (
    <>
      <div className="head">
        <div>
          <Link to="/products">
            <ArrowLeftOutlined /> {say("nav.products")}
          </Link>
          <h1>
            {(lang === "en" && detail.product.name_en) || detail.product.name} <Tag>{word("product", detail.product.status)}</Tag>
          </h1>
          <p className="soft">{detail.product.code}</p>
        </div>
      </div>
      <Card title={say("product.skus")}>
        <Table
          size="small"
          rowKey="id"
          pagination={false}
          scroll={{ x: "max-content" }}
          dataSource={detail.skus}
          columns={[
            { title: say("product.name"), render: (_, sku) => (lang === "en" && sku.name_en) || sku.name },
            { title: say("product.code"), render: (_, sku) => <code>{sku.code}</code> },
            { title: say("product.weight"), align: "right", render: (_, sku) => `${sku.weight_g} g` },
            { title: say("product.price"), align: "right", render: (_, sku) => <Money minor={sku.price_minor} currency={sku.currency} /> },
          ]}
        />
      </Card>
    </>
  );
}
