import { useQuery } from "@tanstack/react-query";
import { Card, Tag } from "antd";
import { api, given } from "../../api/client";
import { useSay, useWord } from "../../i18n";
import { when } from "../../ui/format";

/** An order's side at its channel: the status there, and the channel's numbers of its lines. Nothing of other orders. */
export function ChannelOf({ orderId }: { orderId: string }) {
  const say = useSay();
  const word = useWord();
  const told = useQuery({
    queryKey: ["channel", orderId],
    queryFn: async () => (await given(api.GET("/api/v1/orders/{order_id}/channel", { params: { path: { order_id: orderId } } }))) ?? null,
  });
  if (!told.data) return null;
  const { kind, account, raw_status, status_at, channel_no, lines } = told.data;
  return (
    <Card title={say("channel.card")} extra={<Tag>{raw_status}</Tag>}>
      <dl className="sums told">
        <dt>{say("channel.account")}</dt>
        <dd>
          {word("channel.kind", kind)} · {account}
        </dd>
        <dt>{say("channel.no")}</dt>
        <dd>{channel_no}</dd>
        <dt>{say("channel.status_at")}</dt>
        <dd>{when(status_at)}</dd>
        {lines.map((each) => (
          <div key={each.line} style={{ display: "contents" }}>
            <dt>{say("channel.line", { n: each.line })}</dt>
            <dd>{each.channel_line}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
