import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Skeleton, Space, Tabs, Tag } from "antd";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { api, given, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { when } from "../../ui/format";
import { ShowClear } from "../../ui/ShowClear";
import { isWrong, Wrong } from "../../ui/Wrong";
import { ShopName } from "../names";
import { MemberCoupons, MemberOrders, PointsLines } from "./lists";
import { Level, Points } from "./standing";

type Clear = Schema<"ClearCustomer">;

/** A member: who it is, masked; the level, points, coupons, orders and addresses; and what can be done. */
export function MemberPage() {
  const { id = "" } = useParams();
  const say = useSay();
  const seesOrders = useGrant("orders.read");
  const seesCoupons = useGrant("pricing.read");
  const [clear, setClear] = useState<Clear | null>(null);
  const told = useQuery({ queryKey: ["customer", id], queryFn: () => given(api.GET("/api/v1/customers/{customer_id}", { params: { path: { customer_id: id } } })) });
  if (told.isPending) return <Skeleton active />;
  if (isWrong(told)) return <Wrong error={told.error} onRetry={() => void told.refetch()} />;
  const { customer, blocked } = told.data;
  const who = clear ?? customer;
  const of = { customer_id: id };
  return (
    <>
      <div className="head">
        <div>
          <Link to="/customers">
            <ArrowLeftOutlined /> {say("nav.customers")}
          </Link>
          <h1>
            {who.name ?? who.ref ?? "–"} {blocked && <Tag color="red">{say("customer.blocked")}</Tag>} {customer.erased && <Tag>{say("customer.erased")}</Tag>}
          </h1>
          <p className="soft">
            <ShopName id={customer.shop_id} /> · {say("customer.since")} {when(customer.created_at)}
          </p>
        </div>
        <Space wrap>
          <ActionButton action="members.set_level" label={say("customer.set_level")} given={of} />
          <ActionButton action="members.adjust_points" label={say("customer.adjust_points")} given={of} />
          {blocked ? (
            <ActionButton action="members.unblock" grant="members.block" label={say("customer.unblock")} given={of} />
          ) : (
            <ActionButton action="members.block" label={say("customer.block")} given={of} button={{ danger: true }} />
          )}
        </Space>
      </div>
      {blocked && <Alert className="gap" type="error" showIcon title={say("customer.blocked_why", { reason: blocked })} />}
      <div className="two">
        <Card>
          <Tabs
            items={[
              ...(seesOrders ? [{ key: "orders", label: say("nav.orders"), children: <MemberOrders customer={id} /> }] : []),
              { key: "points", label: say("customer.points_lines"), children: <PointsLines customer={id} /> },
              ...(seesCoupons ? [{ key: "coupons", label: say("customer.coupons"), children: <MemberCoupons customer={id} /> }] : []),
            ]}
          />
        </Card>
        <div className="stack">
          <Card title={say("customer.who")} extra={!clear && !customer.erased && <ShowClear<Clear> action="members.unmask" given={of} onShown={setClear} />}>
            <dl className="sums told">
              <dt>{say("customer.name")}</dt>
              <dd>{who.name ?? "–"}</dd>
              <dt>{say("customer.phone")}</dt>
              <dd>{who.phone ?? "–"}</dd>
              <dt>{say("customer.email")}</dt>
              <dd>{who.email ?? "–"}</dd>
              <dt>{say("customer.ref")}</dt>
              <dd>{who.ref ?? "–"}</dd>
            </dl>
            <h4>{say("customer.addresses")}</h4>
            {told.data.addresses.length === 0 && <p className="soft">{say("customer.no_addresses")}</p>}
            {clear
              ? clear.addresses.map((each) => (
                  <Address key={each.id} isDefault={each.is_default} lines={[`${each.name} ${each.phone}`, `${each.province}${each.city}${each.district}${each.street}`]} />
                ))
              : told.data.addresses.map((each) => <Address key={each.id} isDefault={each.is_default} lines={[`${each.name} ${each.phone}`, each.address]} />)}
          </Card>
          <Level customer={id} />
          <Points customer={id} />
        </div>
      </div>
    </>
  );
}

function Address({ lines, isDefault }: { lines: string[]; isDefault: boolean }) {
  const say = useSay();
  return (
    <div className="version">
      {lines.map((each) => (
        <div key={each}>{each}</div>
      ))}
      {isDefault && <Tag color="green">{say("customer.default")}</Tag>}
    </div>
  );
}
