import { useQuery } from "@tanstack/react-query";
import { Card, Space } from "antd";
import { api, given } from "../../api/client";
import { useLookEvery } from "../../app/live";
import { useGrant } from "../../app/session";
import { useSay, useWord } from "../../i18n";
import { Amount, Answers, Asked, RequestState, type Request } from "./Request";

/** What the buyer of an order has asked for after the sale; nothing where they have not. */
export function AfterSalesOf({ orderId }: { orderId: string }) {
  const say = useSay();
  const word = useWord();
  const maySee = useGrant("aftersales.read");
  const every = useLookEvery(15_000);
  const found = useQuery({
    queryKey: ["aftersales", orderId],
    queryFn: async () => (await given(api.GET("/api/v1/orders/{order_id}/aftersales", { params: { path: { order_id: orderId } } }))) as Request[],
    enabled: maySee,
    refetchInterval: every,
  });
  if (!found.data?.length) return null;
  return (
    <Card title={say("aftersale.card")}>
      {found.data.map((request) => (
        <div key={request.id} className="stack">
          <Space wrap>
            <b>{request.number}</b> {word("aftersale.kind", request.kind)} <RequestState state={request.state} /> {word("aftersale.reason", request.reason)} <Amount request={request} />
          </Space>
          <Asked request={request} />
          <Answers request={request} />
        </div>
      ))}
    </Card>
  );
}
