import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Empty, Skeleton, Space, Table } from "antd";
import { api, given, type Schema } from "../../api/client";
import { usePick, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { isWrong, Wrong } from "../../ui/Wrong";
import { PickShop, SkuName, useShops, useSkuText } from "../names";
import { SkuFilter } from "./filters";

type Share = Schema<"ChannelShare">;
type Lock = Schema<"ChannelLock">;

/** 渠道库存: what a shop may show and sell of the stock, by which rule, what is locked for it, and the sum step by step. */
export function Shares() {
  const say = useSay();
  const word = useWord();
  const skuText = useSkuText();
  const shops = useShops();
  const [chosen, setShop] = useFilter("shop_id");
  const [sku] = useFilter("sku_id");
  const shop = chosen ?? shops[0]?.id;
  if (!shop) return <Skeleton active />;
  const amount = (s: Share) => (s.mode === "shared" ? "–" : s.mode === "percent" ? `${s.amount} %` : String(s.amount));
  const shares: Column<Share>[] = [
    { key: "sku", title: say("stock.sku"), render: (s) => (s.sku_id ? <SkuName id={s.sku_id} /> : <b>{say("stock.every_sku")}</b>), text: (s) => (s.sku_id ? skuText(s.sku_id) : say("stock.every_sku")) },
    { key: "mode", title: say("stock.mode"), render: (s) => word("share", s.mode), text: (s) => word("share", s.mode) },
    { key: "amount", title: say("stock.amount"), align: "right", render: amount, text: amount },
    { key: "buffer", title: say("stock.buffer"), align: "right", render: (s) => s.buffer, text: (s) => s.buffer },
  ];
  const locks: Column<Lock>[] = [
    { key: "sku", title: say("stock.sku"), render: (l) => <SkuName id={l.sku_id} />, text: (l) => skuText(l.sku_id) },
    { key: "qty", title: say("stock.qty"), align: "right", render: (l) => <b>{l.qty}</b>, text: (l) => l.qty },
    { key: "until", title: say("stock.until"), render: (l) => when(l.until), text: (l) => when(l.until) },
    { key: "reason", title: say("payment.reason"), render: (l) => l.reason, text: (l) => l.reason },
    { key: "doing", title: "", align: "right", render: (l) => <ActionButton action="inventory.unlock_channel_stock" grant="inventory.manage_channels" label={say("stock.unlock")} given={{ lock_id: l.id }} button={{ size: "small" }} />, text: () => "" },
  ];
  return (
    <div className="stack">
      <Space wrap>
        <PickShop value={shop} onChange={setShop} />
        <SkuFilter />
        <ActionButton action="inventory.set_channel_share" grant="inventory.manage_channels" label={say("stock.set_share")} given={{ shop_id: shop }} />
        <ActionButton action="inventory.lock_channel_stock" grant="inventory.manage_channels" label={say("stock.lock")} given={{ shop_id: shop }} />
      </Space>
      {sku ? <Formula shop={shop} sku={sku} /> : <Alert type="info" showIcon title={say("stock.formula_hint")} />}
      <Card size="small" title={say("stock.rules")}>
        <CrudTable<Share> name="channel-shares" path="/api/v1/inventory/channel-shares" columns={shares} rowKey={(s) => s.sku_id ?? "all"} query={{ shop }} empty={say("stock.no_rules")} />
      </Card>
      <Card size="small" title={say("stock.locks")}>
        <CrudTable<Lock> name="channel-locks" path="/api/v1/inventory/channel-locks" columns={locks} rowKey={(l) => l.id} query={{ shop }} empty={say("stock.no_locks")} />
      </Card>
    </div>
  );
}

/** The number that a shop shows of a SKU, term by term. */
function Formula({ shop, sku }: { shop: string; sku: string }) {
  const say = useSay();
  const pick = usePick();
  const told = useQuery({ queryKey: ["channel-stock", shop, sku], queryFn: () => given(api.GET("/api/v1/inventory/channel-stock", { params: { query: { shop, sku } } })) });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  if (!told.data) return <Skeleton active />;
  const { steps, qty } = told.data;
  return (
    <Card size="small" title={`${say("stock.may_show")}: ${qty}`} extra={<span className="soft">{pick(told.data)}</span>}>
      <Table
        size="small"
        rowKey="key"
        pagination={false}
        dataSource={steps}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} /> }}
        columns={[
          { title: say("stock.term"), render: (_, step) => pick(step) },
          { title: say("stock.change"), align: "right", render: (_, step) => (step.amount > 0 ? `+${step.amount}` : step.amount) },
          { title: say("stock.then"), align: "right", render: (_, step) => <b>{step.total}</b> },
        ]}
      />
    </Card>
  );
}
