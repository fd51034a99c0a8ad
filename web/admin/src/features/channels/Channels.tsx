import { useQuery } from "@tanstack/react-query";
import { Tag } from "antd";
import { useState } from "react";
import { readPage, type Schema } from "../../api/client";
import { usePick, useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { PickShop, ShopName, SkuName, useSkuText } from "../names";

type Account = Schema<"ChannelAccount">;
type Listing = Schema<"ChannelListing">;
type ChannelOrder = Schema<"ChannelOrder">;

const useAccounts = () =>
  useQuery({ queryKey: ["channel accounts"], queryFn: () => readPage<Account>("/api/v1/channels/accounts", {}, null), staleTime: 60_000 }).data?.items ?? [];

/** Where the shops sell besides here: what waits, what is to be mapped, and the accounts. */
export function Channels() {
  const say = useSay();
  return (
    <>
      <div className="head">
        <h1>{say("nav.channels")}</h1>
      </div>
      <h2>{say("channel.waiting")}</h2>
      <Waiting />
      <h2>{say("channel.listings")}</h2>
      <Listings />
      <div className="head">
        <h2>{say("channel.accounts")}</h2>
        <ActionButton action="channels.save_account" grant="channels.manage" label={say("channel.open")} asks={{ fields: ["shop_id"], control: (tell) => <OfShop tell={tell} /> }} />
      </div>
      <Accounts />
    </>
  );
}

function Waiting() {
  const say = useSay();
  const pick = usePick();
  const accounts = useAccounts();
  const named = (id: string) => accounts.find((each) => each.id === id)?.name ?? id;
  const why = (o: ChannelOrder) => pick({ zh: o.wait_zh, en: o.wait_en });
  const columns: Column<ChannelOrder>[] = [
    { key: "no", title: say("channel.no"), render: (o) => o.channel_no, text: (o) => o.channel_no },
    { key: "account", title: say("channel.account"), render: (o) => named(o.account_id), text: (o) => named(o.account_id) },
    { key: "raw", title: say("channel.raw"), render: (o) => <Tag>{o.raw_status}</Tag>, text: (o) => o.raw_status },
    { key: "ordered", title: say("order.placed_at"), render: (o) => when(o.ordered_at), text: (o) => when(o.ordered_at) },
    { key: "why", title: say("channel.why"), render: why, text: why },
    {
      key: "doing",
      title: "",
      text: () => "",
      render: (o) => <ActionButton action="channels.place_order" grant="channels.take_orders" label={say("channel.again")} button={{ size: "small" }} given={{ channel_order_id: o.id }} />,
    },
  ];
  return (
    <CrudTable<ChannelOrder>
      name="channel-orders"
      path="/api/v1/channels/orders"
      query={{ state: "waiting" }}
      columns={columns}
      rowKey={(o) => o.id}
      empty={say("channel.waiting.empty")}
      refetchMs={5_000}
    />
  );
}

function Listings() {
  const say = useSay();
  const word = useWord();
  const skuText = useSkuText();
  const accounts = useAccounts();
  const named = (id: string) => accounts.find((each) => each.id === id)?.name ?? id;
  const columns: Column<Listing>[] = [
    { key: "title", title: say("order.title"), render: (l) => l.title, text: (l) => l.title },
    { key: "item", title: say("channel.item"), render: (l) => `${l.item_id} ${l.channel_sku}`, text: (l) => `${l.item_id} ${l.channel_sku}` },
    { key: "account", title: say("channel.account"), render: (l) => named(l.account_id), text: (l) => named(l.account_id) },
    { key: "state", title: say("channel.state"), render: (l) => <Tag color={l.state === "unmapped" ? "orange" : undefined}>{word("channel", l.state)}</Tag>, text: (l) => word("channel", l.state) },
    { key: "sku", title: say("stock.sku"), render: (l) => l.sku_id && <SkuName id={l.sku_id} />, text: (l) => (l.sku_id ? skuText(l.sku_id) : "") },
    {
      key: "doing",
      title: "",
      text: () => "",
      render: (l) => (
        <>
          <ActionButton action="channels.map_listing" grant="channels.map_listings" label={say("channel.map")} button={{ size: "small" }} given={{ listing_id: l.id }} />{" "}
          <ActionButton
            action="channels.pause_listing"
            grant="channels.map_listings"
            label={say(l.state === "paused" ? "channel.resume" : "channel.pause")}
            button={{ size: "small" }}
            given={{ listing_id: l.id, paused: l.state !== "paused" }}
          />
        </>
      ),
    },
  ];
  return <CrudTable<Listing> name="channel-listings" path="/api/v1/channels/listings" columns={columns} rowKey={(l) => l.id} empty={say("channel.listings.empty")} refetchMs={5_000} />;
}

function Accounts() {
  const say = useSay();
  const word = useWord();
  const columns: Column<Account>[] = [
    { key: "name", title: say("channel.account"), render: (a) => a.name, text: (a) => a.name },
    { key: "kind", title: say("channel.kind"), render: (a) => word("channel.kind", a.kind), text: (a) => word("channel.kind", a.kind) },
    { key: "seller", title: say("channel.seller"), render: (a) => a.seller_id, text: (a) => a.seller_id },
    { key: "shop", title: say("order.shop"), render: (a) => <ShopName id={a.shop_id} />, text: (a) => a.shop_id },
  ];
  return <CrudTable<Account> name="channel-accounts" path="/api/v1/channels/accounts" columns={columns} rowKey={(a) => a.id} empty={say("channel.accounts.empty")} />;
}

function OfShop({ tell }: { tell: (input: { shop_id: string | undefined }) => void }) {
  const [shopId, setShopId] = useState<string>();
  return (
    <PickShop
      value={shopId}
      onChange={(id) => {
        setShopId(id);
        tell({ shop_id: id });
      }}
    />
  );
}
