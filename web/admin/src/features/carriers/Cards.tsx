import { useQuery } from "@tanstack/react-query";
import { Button, Card, Empty, Space, Table, Tag } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useListed, usePick, useSay } from "../../i18n";
import { useDialog } from "../../ui/dialogs";
import { Money } from "../../ui/Money";
import { isWrong, Wrong } from "../../ui/Wrong";
import { CardEditor } from "./CardEditor";
import { useCompany, useCurrency } from "./company";
import { useRegions } from "./regions";

type PriceCard = Schema<"CarrierCard">;

/** What carriers ask from where to where, and how long they say they take. */
export function Cards() {
  const say = useSay();
  const pick = usePick();
  const company = useCompany();
  const currency = useCurrency();
  const listed = useListed();
  const list = useQuery({ queryKey: ["carrier-cards"], queryFn: () => given(api.GET("/api/v1/carrier-cards")) });
  const mayManage = useGrant("logistics.manage_carrier_cards");
  const open = useDialog();
  const edit = (card: PriceCard | undefined) => open((close) => <CardEditor card={card} company={company} onClose={close} />);
  const cards: PriceCard[] = list.data ?? [];
  const region = useRegions(cards.flatMap((card) => [...card.origins, ...card.zones.flatMap((zone) => zone.regions ?? [])]));
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const names = (codes: readonly string[] | undefined, none: string) => (codes?.length ? listed(codes.map(region)) : none);
  return (
    <div className="stack">
      <div className="crud-bar">
        {mayManage && (
          <Button type="primary" onClick={() => edit(undefined)}>
            {say("carriers.add_card")}
          </Button>
        )}
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
            mayManage && (
              <Button size="small" onClick={() => edit(card)}>
                {say("carriers.change")}
              </Button>
            )
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
              { title: say("card.surcharge"), align: "right", render: (_, zone) => (zone.surcharge_minor ? <Money minor={zone.surcharge_minor} currency={currency(card.company_id)} /> : "–") },
              { title: say("card.cm3"), align: "right", render: (_, zone) => zone.cm3_per_kg || "–" },
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
