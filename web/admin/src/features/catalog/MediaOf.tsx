import { ArrowLeftOutlined, ArrowRightOutlined, DeleteOutlined, InboxOutlined } from "@ant-design/icons";
import { Alert, Button, Card, Empty, Input, Select, Space, Upload } from "antd";
import { useEffect, useRef, useState } from "react";
import { useGrant } from "../../app/session";
import { useSay } from "../../i18n";
import { sourceOf, upload } from "../../ui/upload";
import { useWords } from "../../ui/Wrong";
import { Overtaken } from "./Overtaken";
import type { ProductDetail } from "./ProductPage";
import { useEdits, type Saving } from "./useSaving";

interface Shown {
  kind: "image" | "video";
  file: string | null;
  url: string | null;
  alt: string;
  alt_en: string;
  sku: string | null;
}

/** Pictures and films in their order; the first one stands on cards. */
export function MediaOf({ detail, saving }: { detail: ProductDetail; saving: Saving }) {
  const say = useSay();
  const words = useWords();
  const mayWrite = useGrant("catalog.update_product");
  const mayUpload = useGrant("media.upload");
  const codes = new Map(detail.skus.map((each) => [each.id, each.code]));
  const first = detail.content.media.map((each): Shown => ({ kind: each.kind, file: each.file ?? null, url: each.url ?? null, alt: each.alt, alt_en: each.alt_en, sku: each.sku_id ? (codes.get(each.sku_id) ?? null) : null }));
  const { now, changed, ...edits } = useEdits({ media: first });
  const { media } = now;
  const setMedia = (next: Shown[]) => edits.write({ media: next });
  const latest = useRef(media);
  useEffect(() => {
    latest.current = media;
  });
  const [wrong, setWrong] = useState<unknown>();
  const write = (at: number, part: Partial<Shown>) => setMedia(media.map((each, n) => (n === at ? { ...each, ...part } : each)));
  const move = (at: number, by: number) => {
    const next = [...media];
    const [one] = next.splice(at, 1);
    if (one) next.splice(at + by, 0, one);
    setMedia(next);
  };
  const take = async (file: File) => {
    setWrong(undefined);
    try {
      const kept = await upload(file);
      const kind = kept.media_type.startsWith("video/") ? "video" : "image";
      latest.current = [...latest.current, { kind, file: kept.sha256, url: null, alt: file.name.replace(/\.\w+$/, "").slice(0, 200), alt_en: "", sku: null }];
      setMedia(latest.current);
    } catch (error) {
      setWrong(error);
    }
  };
  return (
    <Card
      title={say("product.media")}
      extra={
        mayWrite && (
          <Button type="primary" disabled={!changed.media} loading={saving.isSaving} onClick={() => saving.save({ media }, edits.saved)}>
            {say("product.save")}
          </Button>
        )
      }
    >
      <Overtaken names={edits.overtaken} nameOf={() => say("product.media")} onYield={edits.yieldTo} />
      {mayUpload && (
        <Upload.Dragger multiple accept="image/png,image/jpeg,image/gif,image/webp,video/mp4" showUploadList={false} customRequest={({ file, onSuccess }) => void take(file as File).then(() => onSuccess?.({}))}>
          <p>
            <InboxOutlined /> {say("product.drop")}
          </p>
          <p className="soft">{say("product.drop_hint")}</p>
        </Upload.Dragger>
      )}
      {wrong !== undefined && <Alert type="error" showIcon closable={{ onClose: () => setWrong(undefined) }} title={words(wrong)} style={{ marginTop: 12 }} />}
      {media.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("product.no_media")} />}
      <div className="media">
        {media.map((each, at) => (
          <figure className="medium" key={`${sourceOf(each)} ${at}`}>
            {each.kind === "video" ? <video src={sourceOf(each)} controls preload="none" /> : <img src={sourceOf(each)} alt={each.alt} loading="lazy" />}
            <Input aria-label={say("product.alt")} placeholder={say("product.alt")} maxLength={200} value={each.alt} onChange={(event) => write(at, { alt: event.target.value })} />
            <Input aria-label={say("product.alt_en")} placeholder={say("product.alt_en")} maxLength={200} value={each.alt_en} onChange={(event) => write(at, { alt_en: event.target.value })} />
            <Select aria-label={say("product.of_sku")} allowClear placeholder={say("product.of_all")} value={each.sku} onChange={(sku: string | undefined) => write(at, { sku: sku ?? null })} options={detail.skus.map((sku) => ({ value: sku.code, label: sku.code }))} style={{ width: "100%" }} />
            <Space>
              <Button size="small" aria-label={say("product.earlier")} icon={<ArrowLeftOutlined />} disabled={at === 0} onClick={() => move(at, -1)} />
              <Button size="small" aria-label={say("product.later")} icon={<ArrowRightOutlined />} disabled={at === media.length - 1} onClick={() => move(at, 1)} />
              <Button size="small" aria-label={say("figure.remove")} icon={<DeleteOutlined />} onClick={() => setMedia(media.filter((_, n) => n !== at))} />
            </Space>
          </figure>
        ))}
      </div>
    </Card>
  );
}
