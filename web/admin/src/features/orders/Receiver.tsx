import { useQuery } from "@tanstack/react-query";
import { Card, Skeleton } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { ShowClear } from "../../ui/ShowClear";
import { isWrong, Wrong } from "../../ui/Wrong";

type Clear = Schema<"Receiver">;

/** Whom an order goes to: masked, and in clear for a reason until the page is left. */
export function ReceiverCard({ orderId }: { orderId: string }) {
  const say = useSay();
  const [clear, setClear] = useState<Clear | null>(null);
  const told = useQuery({
    queryKey: ["receiver", orderId],
    queryFn: () => given(api.GET("/api/v1/orders/{order_id}/receiver", { params: { path: { order_id: orderId } } })),
  });
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  const shown = clear ? { name: clear.name, phone: clear.phone, address: [clear.province, clear.city, clear.district, clear.street].join("") } : told.data;
  return (
    <Card title={say("receiver.title")} extra={told.data && !clear && <ShowClear<Clear> action="orders.show_receiver" given={{ order_id: orderId }} onShown={setClear} />}>
      {told.isPending ? (
        <Skeleton active />
      ) : shown ? (
        <dl className="sums told">
          <dt>{say("receiver.name")}</dt>
          <dd>{shown.name}</dd>
          <dt>{say("receiver.phone")}</dt>
          <dd>{shown.phone}</dd>
          <dt>{say("receiver.street")}</dt>
          <dd>{shown.address}</dd>
        </dl>
      ) : (
        <p className="soft">{say("receiver.none")}</p>
      )}
    </Card>
  );
}
