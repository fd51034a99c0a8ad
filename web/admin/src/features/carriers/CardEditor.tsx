import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Card, Drawer, Form, Input, InputNumber, Select, Space, Switch } from "antd";
import { api, given, readPage, type Schema } from "../../api/client";
import { usePick, useSay } from "../../i18n";
import { MoneyInput } from "../../ui/MoneyInput";
import { useAct } from "../../ui/useAct";
import { useCurrency } from "./company";
import { RegionsSelect } from "./regions";

type PriceCard = Schema<"CarrierCard">;
type Draft = Partial<Omit<PriceCard, "zones">> & { zones: Partial<Schema<"CardZone">>[] };

const FIRST = { regions: [], first_g: 1000, step_g: 1000, cm3_per_kg: 0, surcharge_minor: 0, carbon_g_per_kg: 0, hours: 72 };

/** A price card by its form: where it is for, and a block of prices for each zone. */
export function CardEditor({ card, company, onClose }: { card: PriceCard | undefined; company: string | undefined; onClose: () => void }) {
  const say = useSay();
  const pick = usePick();
  const [form] = Form.useForm<Draft>();
  const carriers = useQuery({ queryKey: ["carriers"], queryFn: () => given(api.GET("/api/v1/carriers")), staleTime: 600_000 });
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 });
  const saving = useAct("logistics.save_carrier_card", onClose);
  const owner = Form.useWatch("company_id", form) ?? card?.company_id ?? company ?? "";
  const currency = useCurrency()(owner);
  const begun: Draft = card ? { ...card, zones: card.zones.map((zone) => ({ ...FIRST, ...zone })) } : { company_id: company, origins: [], active: true, zones: [FIRST] };
  const save = (written: Draft) => {
    const { id: _, ...draft } = { ...begun, ...written };
    saving.mutate({ ...draft, carrier: draft.carrier ?? "" });
  };
  return (
    <Drawer
      open
      size={900}
      title={say(card ? "card.change" : "carriers.add_card")}
      onClose={onClose}
      extra={
        <Button type="primary" loading={saving.isPending} onClick={() => form.submit()}>
          {say("card.save")}
        </Button>
      }
    >
      <Form form={form} layout="vertical" initialValues={begun} onFinish={save}>
        <Space wrap align="start">
          {!card && (
            <Form.Item name="company_id" label={say("card.company")} rules={[{ required: true }]}>
              <Select style={{ width: 200 }} options={(companies.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }))} />
            </Form.Item>
          )}
          <Form.Item name="code" label={say("card.code")} rules={[{ required: true, pattern: /^[A-Za-z0-9_-]{1,32}$/, message: say("card.code_hint") }]}>
            <Input disabled={card !== undefined} style={{ width: 140 }} />
          </Form.Item>
          <Form.Item name="carrier" label={say("unit.courier")}>
            <Select allowClear showSearch={{ optionFilterProp: "label" }} style={{ width: 170 }} options={(carriers.data ?? []).map((each) => ({ value: each.code, label: pick({ zh: each.name, en: each.name_en }) }))} />
          </Form.Item>
          <Form.Item name="name" label={say("card.name")} rules={[{ required: true, whitespace: true, max: 100 }]}>
            <Input style={{ width: 180 }} />
          </Form.Item>
          <Form.Item name="name_en" label={say("card.name_en")} rules={[{ max: 100 }]}>
            <Input style={{ width: 180 }} />
          </Form.Item>
          <Form.Item name="active" label={say("carriers.on")} valuePropName="checked">
            <Switch />
          </Form.Item>
        </Space>
        <Form.Item name="origins" label={say("card.origins")}>
          <RegionsSelect placeholder={say("carriers.anywhere")} />
        </Form.Item>
        <Form.List name="zones">
          {(zones, { add, remove }) => (
            <div className="stack">
              {zones.map(({ key, name }) => (
                <Card
                  key={key}
                  size="small"
                  title={say("card.zone", { n: name + 1 })}
                  extra={<Button size="small" icon={<DeleteOutlined />} aria-label={say("card.remove_zone", { n: name + 1 })} disabled={zones.length === 1} onClick={() => remove(name)} />}
                >
                  <ZoneFields name={name} currency={currency} />
                </Card>
              ))}
              <Button icon={<PlusOutlined />} onClick={() => add(FIRST)}>
                {say("card.add_zone")}
              </Button>
            </div>
          )}
        </Form.List>
      </Form>
    </Drawer>
  );
}

function ZoneFields({ name, currency }: { name: number; currency: string }) {
  const say = useSay();
  const needed = [{ required: true }];
  return (
    <>
      <Form.Item name={[name, "regions"]} label={say("carriers.to")}>
        <RegionsSelect placeholder={say("carriers.elsewhere")} aria-label={say("card.regions", { n: name + 1 })} />
      </Form.Item>
      <Space wrap align="start">
        <Form.Item name={[name, "first_g"]} label={say("card.first_g")} rules={needed}>
          <InputNumber min={1} max={1_000_000} precision={0} />
        </Form.Item>
        <Form.Item name={[name, "first_minor"]} label={say("card.first_minor")} rules={needed}>
          <MoneyInput currency={currency} width={120} />
        </Form.Item>
        <Form.Item name={[name, "step_g"]} label={say("card.step_g")} rules={needed}>
          <InputNumber min={1} max={1_000_000} precision={0} />
        </Form.Item>
        <Form.Item name={[name, "step_minor"]} label={say("card.step_minor")} rules={needed}>
          <MoneyInput currency={currency} width={120} />
        </Form.Item>
        <Form.Item name={[name, "surcharge_minor"]} label={say("card.surcharge")} rules={needed}>
          <MoneyInput currency={currency} width={120} />
        </Form.Item>
        <Form.Item name={[name, "cm3_per_kg"]} label={say("card.cm3")} tooltip={say("card.cm3_hint")} rules={needed}>
          <InputNumber min={0} max={100_000} precision={0} />
        </Form.Item>
        <Form.Item name={[name, "hours"]} label={say("carriers.hours")} rules={needed}>
          <InputNumber min={1} max={2000} precision={0} />
        </Form.Item>
        <Form.Item name={[name, "carbon_g_per_kg"]} label={say("card.carbon")} rules={needed}>
          <InputNumber min={0} max={100_000} precision={0} />
        </Form.Item>
      </Space>
    </>
  );
}
