import { useQuery } from "@tanstack/react-query";
import { Button, Empty, Form, Input, Modal, Select, Space, Table, Tag } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { learn } from "../../i18n/words";
import * as words from "../../i18n/words/decoration";
import { useFilter } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { useShops } from "../names";
import { History } from "./History";

type Summary = Schema<"PageSummary">;
const HOME = "home";
learn(words);

/** A mall's pages that are made of blocks. */
export const usePages = (shop: string | undefined) =>
  useQuery({
    queryKey: ["pages", shop],
    queryFn: () => given(api.GET("/api/v1/storefront/pages", { params: { query: { shop_id: shop ?? "" } } })),
    enabled: Boolean(shop),
  });

/** The pages of a mall: its first one and its campaigns; each with what shoppers see of it and what is still a draft. */
export function Decoration() {
  const say = useSay();
  const [asked, setAsked] = useFilter("shop");
  const malls = useShops().filter((each) => each.kind === "mall");
  const shop = asked ?? malls[0]?.id;
  const pages = usePages(shop);
  const [isNew, setNew] = useState(false);
  const rows = pages.data ?? [];
  const home: Summary = rows.find((each) => each.slug === HOME) ?? { slug: HOME, title: "", title_en: "", latest: 0, published: null, foot: null, saved_at: "", saved_by: "" };
  return (
    <>
      <div className="head">
        <div>
          <h1>{say("nav.decoration")}</h1>
          <p className="soft">{say("decor.intro")}</p>
        </div>
        <Space wrap>
          {malls.length > 1 && <Select aria-label={say("decor.shop")} value={shop} onChange={setAsked} options={malls.map((each) => ({ value: each.id, label: each.name }))} style={{ minWidth: 180 }} />}
          <Button type="primary" disabled={!shop} onClick={() => setNew(true)}>
            {say("decor.new")}
          </Button>
        </Space>
      </div>
      {isWrong(pages) && <Wrong error={pages.error} onRetry={() => void pages.refetch()} />}
      {malls.length === 0 && <Empty description={say("decor.no_malls")} />}
      {shop && pages.data && <Pages shop={shop} rows={[home, ...rows.filter((each) => each.slug !== HOME)]} isLoading={pages.isPending} />}
      {shop && isNew && <NewPage shop={shop} taken={rows.map((each) => each.slug)} onClose={() => setNew(false)} />}
    </>
  );
}

function Pages({ shop, rows, isLoading }: { shop: string; rows: Summary[]; isLoading: boolean }) {
  const say = useSay();
  const word = useWord();
  const lang = useLang();
  return (
    <Table<Summary>
      className="crud"
      rowKey="slug"
      dataSource={rows}
      loading={isLoading}
      pagination={false}
      scroll={{ x: "max-content" }}
      columns={[
        {
          key: "page",
          title: say("decor.page"),
          render: (_, row) => (
            <div>
              <Link to={`/decoration/${shop}/${row.slug}`}>{(lang === "en" && row.title_en) || row.title || say("decor.home")}</Link>
              <div className="soft code">{row.slug}</div>
            </div>
          ),
        },
        { key: "foot", title: say("decor.foot"), render: (_, row) => (row.foot ? <Tag>{word("foot_group", row.foot.group)}</Tag> : <span className="soft">—</span>) },
        { key: "status", title: say("decor.status"), render: (_, row) => <State row={row} /> },
        { key: "at", title: say("decor.saved_at"), render: (_, row) => <span className="soft">{row.saved_at ? `${when(row.saved_at)} · ${row.saved_by === "system" ? say("decor.system") : row.saved_by}` : "—"}</span> },
        {
          key: "do",
          title: "",
          render: (_, row) => (
            <Space wrap>
              <Link to={`/decoration/${shop}/${row.slug}`}>
                <Button type="primary" tabIndex={-1}>
                  {say("decor.edit")}
                </Button>
              </Link>
              {row.latest > 0 && <History shop={shop} slug={row.slug} published={row.published ?? null} />}
              {row.published !== null && (
                <Button href={row.slug === HOME ? "/" : `/mall/page?slug=${row.slug}`} target="_blank">
                  {say("decor.look")}
                </Button>
              )}
            </Space>
          ),
        },
      ]}
    />
  );
}

function State({ row }: { row: Summary }) {
  const say = useSay();
  if (row.latest === 0) return <span className="soft">{say("decor.not_begun")}</span>;
  return (
    <Space size={4} wrap>
      {row.published === null ? <Tag>{say("decor.hidden")}</Tag> : <Tag color="green">{say("decor.shown", { n: row.published ?? 0 })}</Tag>}
      {row.published !== row.latest && <Tag color="gold">{say("decor.newer", { n: row.latest })}</Tag>}
    </Space>
  );
}

interface Wish {
  template: string;
  title: string;
  slug: string;
}

/** A campaign that begins empty, or a page of words that begins with a draft of it. */
function NewPage({ shop, taken, onClose }: { shop: string; taken: string[]; onClose: () => void }) {
  const say = useSay();
  const lang = useLang();
  const navigate = useNavigate();
  const [form] = Form.useForm<Wish>();
  const templates = useQuery({ queryKey: ["page-templates"], queryFn: () => given(api.GET("/api/v1/storefront/page-templates")), staleTime: Infinity });
  const begin = ({ template, title, slug }: Wish) => void navigate(`/decoration/${shop}/${slug}?${new URLSearchParams({ title, ...(template && { template }) }).toString()}`);
  const choose = (slug: string) => {
    const found = templates.data?.find((each) => each.slug === slug);
    if (found) form.setFieldsValue({ title: found.title, slug: taken.includes(slug) ? "" : slug });
  };
  const kinds = [{ value: "", label: say("decor.from_nothing") }, ...(templates.data ?? []).map((each) => ({ value: each.slug, label: lang === "en" ? each.title_en : each.title }))];
  return (
    <Modal open title={say("decor.new")} okText={say("decor.create")} cancelText={say("action.cancel")} onCancel={onClose} onOk={() => form.submit()}>
      {isWrong(templates) && <Wrong error={templates.error} onRetry={() => void templates.refetch()} />}
      <Form form={form} layout="vertical" onFinish={begin} initialValues={{ template: "" }}>
        <Form.Item name="template" label={say("decor.begin_with")} extra={say("decor.template_hint")}>
          <Select options={kinds} loading={templates.isPending} onChange={choose} />
        </Form.Item>
        <Form.Item name="title" label={say("decor.name")} rules={[{ required: true, whitespace: true, max: 60 }]}>
          <Input autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item
          name="slug"
          label={say("decor.slug")}
          extra={say("decor.slug_hint")}
          rules={[
            { required: true, pattern: /^[a-z0-9]+(-[a-z0-9]+)*$/, max: 60, message: say("decor.slug_hint") },
            { validator: (_, slug: string) => (taken.includes(slug) || slug === HOME ? Promise.reject(new Error(say("decor.slug_taken"))) : Promise.resolve()) },
          ]}
        >
          <Input maxLength={60} placeholder="spring-tea" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
