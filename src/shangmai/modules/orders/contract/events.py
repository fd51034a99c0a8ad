"""What orders tell others; amounts are minor units of the order's currency."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import CompanyId, ShopId


@event("orders.placed.v1", key="order_id")
class OrderPlaced(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    customer_id: CustomerId | None
    total_minor: int
    currency: str


@event("orders.paid.v1", key="order_id")
class OrderPaid(Struct, frozen=True, kw_only=True):
    """The whole total has been paid."""

    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    paid_minor: int
    currency: str


@event("orders.shipped.v1", key="order_id")
class OrderShipped(Struct, frozen=True, kw_only=True):
    """A parcel has left; amounts are of what it carries."""

    shipment_id: UUID
    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    customer_id: CustomerId | None
    goods_minor: int
    freight_minor: int
    other_minor: int
    total_minor: int
    cost_minor: int
    currency: str


@event("orders.signed.v1", key="order_id")
class OrderSigned(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str


@event("orders.canceled.v1", key="order_id")
class OrderCanceled(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    refund_minor: int
    currency: str
    reason: str


@event("orders.deposit_kept.v1", key="order_id")
class DepositKept(Struct, frozen=True, kw_only=True):
    """The balance of a pre-sale did not come in time; the shop keeps the deposit."""

    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    customer_id: CustomerId | None
    kept_minor: int
    currency: str


@event("orders.returned.v1", key="order_id")
class OrderReturned(Struct, frozen=True, kw_only=True):
    return_id: UUID
    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    customer_id: CustomerId | None
    goods_minor: int
    freight_minor: int
    other_minor: int
    refund_minor: int
    cost_minor: int
    currency: str
