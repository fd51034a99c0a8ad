import { HistoryOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Drawer, Skeleton, Space, Tag } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { differences, type Draft } from "./page";

type Summary = Schema<"PageVersionSummary">;

interface Props {
  shop: string;
  slug: string;
  published: number | null;
  /** Take a version up into the editor; nothing to load into where there is none. */
  onLoad?: (draft: Draft) => void;
}

/** The versions of a page: what each changed, loading one into the editor, rolling back to one that was shown. */
export function History({ shop, slug, published, onLoad }: Props) {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const list = useQuery({
    queryKey: ["pages", shop, slug, "versions"],
    queryFn: () => given(api.GET("/api/v1/storefront/pages/{slug}/versions", { params: { path: { slug }, query: { shop_id: shop } } })),
    enabled: isOpen,
  });
  const versions = list.data ?? [];
  return (
    <>
      <Button icon={<HistoryOutlined />} onClick={() => setOpen(true)}>
        {say("decor.history")}
      </Button>
      <Drawer open={isOpen} onClose={() => setOpen(false)} title={say("decor.history")} size={460} extra={published !== null && <ActionButton action="storefront.roll_back_page" grant="storefront.decorate" label={say("decor.take_away")} given={{ shop_id: shop, slug, version: null, instead_of: published }} button={{ danger: true, size: "small" }} />}>
        {list.isPending && <Skeleton active />}
        {isWrong(list) && <Wrong error={list.error} onRetry={() => void list.refetch()} />}
        {versions.map((each, n) => (
          <Version
            key={each.version}
            shop={shop}
            slug={slug}
            one={each}
            before={versions[n + 1]?.version}
            published={published}
            onLoad={
              onLoad &&
              ((draft) => {
                onLoad(draft);
                setOpen(false);
              })
            }
          />
        ))}
      </Drawer>
    </>
  );
}

interface VersionProps extends Props {
  one: Summary;
  before: number | undefined;
}

function Version({ shop, slug, one, before, published, onLoad }: VersionProps) {
  const say = useSay();
  const [isCompared, setCompared] = useState(false);
  const load = async () => onLoad?.(await readVersion(shop, slug, one.version));
  const isShown = one.version === published;
  return (
    <div className="version">
      <div className="card-head">
        <span>
          <b>{say("decor.version", { n: one.version })}</b> {isShown && <Tag color="green">{say("decor.is_shown")}</Tag>}
        </span>
        <Space size={4} wrap>
          {onLoad && (
            <Button size="small" onClick={() => void load()}>
              {say("decor.load")}
            </Button>
          )}
          {!isShown && published !== null && one.published_at && (
            <ActionButton action="storefront.roll_back_page" grant="storefront.decorate" label={say("decor.roll_back")} given={{ shop_id: shop, slug, version: one.version, instead_of: published }} button={{ size: "small", type: "primary" }} />
          )}
        </Space>
      </div>
      <small className="soft">
        {when(one.saved_at)} · {one.saved_by === "system" ? say("decor.system") : one.saved_by} · {say("decor.count", { n: one.blocks })} · {one.published_at ? say("decor.shown_at", { at: when(one.published_at) }) : say("decor.never_shown")}
      </small>
      {before !== undefined && (
        <div>
          {isCompared ? (
            <Differences shop={shop} slug={slug} version={one.version} before={before} />
          ) : (
            <Button type="link" size="small" onClick={() => setCompared(true)} style={{ paddingInline: 0 }}>
              {say("decor.compare")}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

const COLOURS = { added: "green", removed: "red", changed: "gold", moved: "blue" } as const;

function Differences({ shop, slug, version, before }: { shop: string; slug: string; version: number; before: number }) {
  const say = useSay();
  const word = useWord();
  const both = useQuery({
    queryKey: ["pages", shop, slug, "both", version, before],
    queryFn: () => Promise.all([readVersion(shop, slug, before), readVersion(shop, slug, version)]),
    staleTime: Infinity,
  });
  if (!both.data) return <Skeleton active paragraph={{ rows: 1 }} title={false} />;
  const found = differences(both.data[0].blocks, both.data[1].blocks);
  if (!found.length) return <small className="soft">{say("decor.no_difference")}</small>;
  return (
    <Space size={4} wrap>
      {found.map((each) => (
        <Tag key={each.key} color={COLOURS[each.what]}>
          {say(`decor.${each.what}`)} {word("block_kind", each.kind)}
        </Tag>
      ))}
    </Space>
  );
}

export async function readVersion(shop: string, slug: string, version: number): Promise<Draft & { version: number }> {
  const found = await given(api.GET("/api/v1/storefront/pages/{slug}/versions/{version}", { params: { path: { slug, version }, query: { shop_id: shop } } }));
  return { title: found.title, title_en: found.title_en, foot: found.foot ?? null, blocks: found.blocks as Draft["blocks"], version: found.version };
}
