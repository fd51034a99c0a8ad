import { useQuery } from "@tanstack/react-query";
import { Card, Empty, Space, Table, Tag } from "antd";
import { api, given, type Schema } from "../../api/client";
import { usePick, useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { Money } from "../../ui/Money";
import { Wrong } from "../../ui/Wrong";
import { useCompany, useCurrency } from "./company";

type PriceCard = Schema<"CarrierCard">;

/** The names of regions by their codes: provinces at once, what lies below when it is met. */
function useRegions(codes: string[]): (code: string) => string {
  const above = [...new Set(codes.filter((each) => !each.endsWith("0000")).flatMap((each) => [`${each.slice(0, 2)}0000`, `${each.slice(0, 4)}00`]))].sort();
  const known = useQuery({
    queryKey: ["regions", above.join()],
    queryFn: async () => {
      const lists = await Promise.all([undefined, ...above].map((parent) => given(api.GET("/api/v1/regions", { params: { query: { limit: 200, ...(parent ? { parent } : {}) } } }))));
      return new Map(lists.flatMap((list) => list.items.map((each) => [each.code, each.name] as const)));
    },
    staleTime: Infinity,
  });
  return (code) => known.data?.get(code) ?? code;
}

/** What carriers ask from where to where, and how long they say they take. */
export function Cards() {
  const say = useSay();
  const pick = usePick();
  const company = useCompany();
  const currency = useCurrency();
  const list = useQuery({ queryKey: ["carrier-cards"], queryFn: () => given(api.GET("/api/v1/carrier-cards")) });
  const cards: PriceCard[] = list.data ?? [];
  const region = useRegions(cards.flatMap((card) => [...card.origins, ...card.zones.flatMap((zone) => zone.regions ?? [])]));
  if (list.error) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const names = (codes: readonly string[] | undefined, none: string) => (codes?.length ? codes.map(region).join("、") : none);
  return (
    <div className="stack">
      <div className="crud-bar">
        <ActionButton action="logistics.save_carrier_card" grant="logistics.manage_carrier_cards" label={say("carriers.add_card")} given={company ? { company_id: company } : {}} button={{ type: "primary" }} />
      </div>
      {list.data && cards.length === 0 && <Empty description={say("table.empty")} />}
      {cards.map((card) => (
        <Card
          key={card.id}
          size="small"
          title={
            <Space>
              {pick({ zh: card.name, en: card.name_en })} <code className="soft">{card.code}</code>
              {!card.active && <Tag>{say("carriers.off")}</Tag>}
            </Space>
          }
          extra={
            <ActionButton
              action="logistics.save_carrier_card"
              grant="logistics.manage_carrier_cards"
              label={say("carriers.change")}
              given={{ company_id: card.company_id, code: card.code, name: card.name, name_en: card.name_en, origins: card.origins, carrier: card.carrier ?? "" }}
              button={{ size: "small" }}
            />
          }
        >
          <p className="soft">{say("carriers.from", { places: names(card.origins, say("carriers.anywhere")) })}</p>
          <Table
            size="small"
            rowKey={(zone) => (zone.regions ?? []).join() || "*"}
            pagination={false}
            dataSource={[...card.zones]}
            columns={[
              { title: say("carriers.to"), render: (_, zone) => names(zone.regions, say("carriers.elsewhere")) },
              { title: say("carriers.first"), align: "right", render: (_, zone) => <Priced minor={zone.first_minor} grams={zone.first_g ?? 1000} currency={currency(card.company_id)} /> },
              { title: say("carriers.next"), align: "right", render: (_, zone) => <Priced minor={zone.step_minor} grams={zone.step_g ?? 1000} currency={currency(card.company_id)} /> },
              { title: say("carriers.hours"), align: "right", render: (_, zone) => zone.hours },
            ]}
          />
        </Card>
      ))}
    </div>
  );
}

function Priced({ minor, grams, currency }: { minor: number; grams: number; currency: string }) {
  return (
    <>
      <Money minor={minor} currency={currency} /> <span className="soft">/ {grams / 1000} kg</span>
    </>
  );
}
