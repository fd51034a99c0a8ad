import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Modal, Space, Table, Tag, Typography } from "antd";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { useDialog } from "../../ui/dialogs";
import { when } from "../../ui/format";
import { isWrong, useWords, Wrong } from "../../ui/Wrong";
import { WarehouseName } from "../names";
import { useCarrierName } from "./Parcels";
import { PoolNumbers } from "./PoolNumbers";
import { useCompany } from "./company";

type Account = Schema<"CarrierAccount">;

/** By which accounts parcels are booked, how many numbers their pools have left, and where carriers push to. */
export function Accounts() {
  const say = useSay();
  const word = useWord();
  const named = useCarrierName();
  const company = useCompany();
  const open = useDialog();
  const list = useQuery({ queryKey: ["carrier-accounts"], queryFn: () => given(api.GET("/api/v1/carrier-accounts")), refetchInterval: 15_000 });
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <div className="crud-bar">
        <ActionButton action="logistics.set_carrier_account" grant="logistics.manage_carriers" label={say("carriers.add_account")} given={company ? { company_id: company } : {}} button={{ type: "primary" }} />
      </div>
      <Table<Account>
        rowKey="id"
        loading={list.isPending}
        pagination={false}
        dataSource={list.data ?? []}
        scroll={{ x: "max-content" }}
        columns={[
          { title: say("unit.courier"), render: (_, a) => <b>{named(a.carrier)}</b> },
          { title: say("carriers.by"), render: (_, a) => word("adapter", a.adapter) },
          { title: say("stock.warehouse"), render: (_, a) => (a.warehouse_id ? <WarehouseName id={a.warehouse_id} /> : say("carriers.every_warehouse")) },
          { title: say("floor.status"), render: (_, a) => <Tag color={a.is_enabled ? "green" : undefined}>{say(a.is_enabled ? "carriers.on" : "carriers.off")}</Tag> },
          { title: say("carriers.free"), align: "right", render: (_, a) => (a.adapter === "builtin" ? <Tag color={a.low_since ? "red" : "green"}>{a.free.toLocaleString()}</Tag> : "–") },
          { title: say("carriers.low_at"), align: "right", render: (_, a) => (a.adapter === "builtin" ? a.low_at : "–") },
          { title: say("carriers.changed"), render: (_, a) => <span className="soft">{when(a.updated_at)}</span> },
          {
            title: "",
            render: (_, a) => (
              <Space size={4}>
                {a.adapter === "builtin" && <ActionButton action="logistics.add_waybills" grant="logistics.manage_carriers" label={say("carriers.add_waybills")} given={{ account_id: a.id }} button={{ size: "small", type: "primary" }} />}
                {a.adapter === "builtin" && (
                  <Button size="small" onClick={() => open((close) => <PoolNumbers account={a} onClose={close} />)}>
                    {say("pool.show")}
                  </Button>
                )}
                {a.adapter !== "builtin" && <PushAddress account={a.id} />}
                <ActionButton
                  action="logistics.set_carrier_account"
                  grant="logistics.manage_carriers"
                  label={say("carriers.change")}
                  given={{ company_id: a.company_id, carrier: a.carrier, adapter: a.adapter, ...(a.warehouse_id ? { warehouse_id: a.warehouse_id } : {}) }}
                  button={{ size: "small" }}
                />
              </Space>
            ),
          },
        ]}
      />
    </>
  );
}

/** Where a carrier's system is to push to; whoever has it can push, so it is shown on demand only. */
function PushAddress({ account }: { account: string }) {
  const say = useSay();
  const words = useWords();
  const mayManage = useGrant("logistics.manage_carriers");
  const asking = useMutation({ mutationFn: () => given(api.GET("/api/v1/carrier-accounts/{account_id}/push-address", { params: { path: { account_id: account } } })) });
  if (!mayManage) return null;
  return (
    <>
      <Button size="small" loading={asking.isPending} onClick={() => asking.mutate()}>
        {say("carriers.push")}
      </Button>
      <Modal open={asking.isSuccess || asking.isError} footer={null} title={say("carriers.push")} onCancel={() => asking.reset()}>
        {asking.error && <Alert type="error" showIcon title={words(asking.error)} />}
        {asking.data && (
          <>
            <p className="soft">{say("carriers.push_hint")}</p>
            <Typography.Paragraph copyable code>
              {asking.data.url}
            </Typography.Paragraph>
          </>
        )}
      </Modal>
    </>
  );
}
