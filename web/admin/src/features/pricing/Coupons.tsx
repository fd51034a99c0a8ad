import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, InputNumber, Modal, Progress, Select, Space, Tag } from "antd";
import { useState } from "react";
import { run } from "../../api/actions";
import { readPage, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useLang, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { csv, download, when } from "../../ui/format";
import { newKey } from "../../ui/keys";
import { useWords } from "../../ui/Wrong";

type Batch = Schema<"CouponBatch">;
const MANAGE = "pricing.manage_coupons";
const CODES_MAX = 10_000;

/** Batches of coupons: handed out to wallets, as codes that are told once, or as one shared code. */
export function Coupons() {
  const say = useSay();
  const lang = useLang();
  const word = useWord();
  const [promotion, setPromotion] = useState<string>();
  const promotions = useQuery({ queryKey: ["promotions", "coupon"], queryFn: () => readPage<Schema<"PromotionHead">>("/api/v1/promotions", { layer: "coupon", limit: "200" }, null), staleTime: 30_000 });
  const needing = promotions.data?.items.filter((each) => each.needs_coupon && each.status !== "ended") ?? [];
  const name = (batch: Batch) => (lang === "en" && batch.name_en) || batch.name;
  const validity = (batch: Batch) => (batch.valid_days ? say("coupon.days", { n: batch.valid_days }) : `${batch.valid_from ? when(batch.valid_from) : "–"} – ${batch.valid_to ? when(batch.valid_to) : "–"}`);
  const columns: Column<Batch>[] = [
    { key: "name", title: say("promotion.name"), render: (b) => <b>{name(b)}</b>, text: name },
    { key: "code", title: say("coupon.batch"), render: (b) => <code>{b.code}</code>, text: (b) => b.code },
    { key: "kind", title: say("coupon.kind"), render: (b) => <Tag>{word("batch", b.kind)}</Tag>, text: (b) => word("batch", b.kind) },
    { key: "issued", title: say("coupon.issued"), render: (b) => <Issued batch={b} />, text: (b) => b.issued, width: 190 },
    { key: "per_buyer", title: say("coupon.per_buyer"), render: (b) => b.per_buyer ?? "–", text: (b) => b.per_buyer, align: "right" },
    { key: "valid", title: say("coupon.valid"), render: validity, text: validity },
    { key: "open", title: say("promotion.status"), render: (b) => <Tag color={b.closed_at ? "default" : "green"}>{say(b.closed_at ? "coupon.closed" : "coupon.open")}</Tag>, text: (b) => b.closed_at ?? "" },
    {
      key: "do",
      title: "",
      text: () => "",
      render: (b) =>
        !b.closed_at && (
          <Space>
            {b.kind === "codes" && <MakeCodes batch={b} />}
            {b.kind === "wallet" && <ActionButton action="pricing.grant_coupon" label={say("coupon.grant")} given={{ batch: b.code }} button={{ size: "small" }} />}
            <ActionButton action="pricing.close_coupon_batch" grant={MANAGE} label={say("coupon.close")} given={{ batch: b.code }} button={{ size: "small", danger: true }} />
          </Space>
        ),
    },
  ];
  const filters = (
    <>
      <Select
        aria-label={say("coupon.promotion")}
        placeholder={say("coupon.promotion")}
        allowClear
        value={promotion}
        onChange={setPromotion}
        options={needing.map((each) => ({ value: each.id, label: `${each.code} ${each.name}` }))}
        style={{ minWidth: 260 }}
      />
      <ActionButton action="pricing.create_coupon_batch" grant={MANAGE} label={say("coupon.new")} given={promotion ? { promotion_id: promotion } : {}} button={{ type: "primary", disabled: !promotion, title: promotion ? undefined : say("coupon.pick_promotion") }} />
    </>
  );
  return (
    <CrudTable<Batch> name="coupon-batches" path="/api/v1/coupon-batches" columns={columns} rowKey={(b) => b.id} query={{ promotion_id: promotion }} filters={filters} empty={say("coupon.empty")} />
  );
}

function Issued({ batch }: { batch: Batch }) {
  const say = useSay();
  const issued = batch.issued ?? 0;
  if (batch.stock === null || batch.stock === undefined) return <>{issued.toLocaleString()}</>;
  return (
    <Space>
      <Progress aria-label={say("coupon.issued")} type="line" percent={Math.round((100 * issued) / batch.stock)} showInfo={false} style={{ width: 80 }} />
      <span className="money">
        {issued.toLocaleString()} / {batch.stock.toLocaleString()}
      </span>
    </Space>
  );
}

/** Codes are told this once and kept nowhere, so they go straight into a file. */
function MakeCodes({ batch }: { batch: Batch }) {
  const say = useSay();
  const words = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [count, setCount] = useState(100);
  const [key, setKey] = useState(newKey);
  const [codes, setCodes] = useState<string[]>();
  const save = (made: string[]) => download(csv([[say("coupon.code"), say("coupon.batch")], ...made.map((each) => [each, batch.code])]), `${batch.code}-${made.length}.csv`);
  const making = useMutation({
    mutationFn: async () => (await run("pricing.make_codes", { batch: batch.code, count }, key)) as { codes: string[] },
    onSuccess: async ({ codes: made }) => {
      setCodes(made);
      setKey(newKey());
      save(made);
      void message.success(say("coupon.made", { n: made.length }));
      await client.invalidateQueries({ queryKey: ["/api/v1/coupon-batches"] });
    },
  });
  if (!useGrant(MANAGE)) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {say("coupon.make_codes")}
      </Button>
      <Modal
        open={isOpen}
        title={`${say("coupon.make_codes")} · ${batch.code}`}
        onCancel={() => (setOpen(false), setCodes(undefined))}
        destroyOnHidden
        footer={
          codes ? (
            <Button type="primary" onClick={() => save(codes)}>
              {say("coupon.save_again")}
            </Button>
          ) : (
            <Button type="primary" loading={making.isPending} onClick={() => making.mutate()}>
              {say("coupon.make_and_save")}
            </Button>
          )
        }
      >
        <Alert type="warning" showIcon title={say("coupon.once")} style={{ marginBottom: 12 }} />
        {!codes && <InputNumber aria-label={say("coupon.count")} min={1} max={CODES_MAX} precision={0} value={count} onChange={(n) => setCount(n ?? 1)} suffix={say("coupon.pieces")} style={{ width: 160 }} />}
        {codes && (
          <>
            <p>{say("coupon.made", { n: codes.length })}</p>
            <pre className="codes">{codes.slice(0, 8).join("\n")}{codes.length > 8 ? "\n…" : ""}</pre>
          </>
        )}
        {making.error && <Alert type="error" showIcon title={words(making.error)} style={{ marginTop: 12 }} />}
      </Modal>
    </>
  );
}
