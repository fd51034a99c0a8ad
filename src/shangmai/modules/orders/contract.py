"""Orders as customers, clerks and other modules see them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Bucket, WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import CompanyId, ShopId

OrderId = NewType("OrderId", UUID)

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Qty = Annotated[int, Meta(ge=1, le=10_000_000)]
Minor = Annotated[int, Meta(ge=0, le=10**13)]


class Status(StrEnum):
    """Where the goods are."""

    PLACED = "placed"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    SIGNED = "signed"
    CANCELED = "canceled"


class PaymentStatus(StrEnum):
    """Where the money is."""

    UNPAID = "unpaid"
    PART_PAID = "part_paid"
    PAID = "paid"


class LineKind(StrEnum):
    """Goods take stock; the others are charges, or goods given free."""

    GOODS = "goods"
    FREIGHT = "freight"
    OTHER = "other"


class Terms(StrEnum):
    """Pay before shipping, or on account (账期)."""

    PREPAID = "prepaid"
    ON_ACCOUNT = "on_account"


class Receiver(Struct, frozen=True, kw_only=True):
    """Who gets the parcel; stored encrypted."""

    name: Annotated[str, Meta(min_length=1, max_length=100), Personal]
    phone: Annotated[str, Meta(min_length=5, max_length=32), Personal]
    province: Annotated[str, Meta(max_length=50)] = ""
    city: Annotated[str, Meta(max_length=50)] = ""
    district: Annotated[str, Meta(max_length=50)] = ""
    street: Annotated[str, Meta(max_length=300), Personal] = ""


class PlaceLine(Struct, frozen=True, kw_only=True):
    """One line. A line of goods names its SKU, a charge its title and price.

    `unit_price` (major units, up to six decimals) needs the grant `orders.set_price`; without it, the list price.
    """

    qty: Qty = 1
    sku_id: SkuId | None = None
    kind: LineKind = LineKind.GOODS
    title: Annotated[str, Meta(max_length=200)] = ""
    unit_price: Decimal | None = None


class PlaceOrder(Struct, frozen=True, kw_only=True):
    """Place an order."""

    shop_id: ShopId
    lines: Annotated[list[PlaceLine], Meta(min_length=1, max_length=2000)]
    customer_id: CustomerId | None = None
    warehouse_id: WarehouseId | None = None
    external_no: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    terms: Terms = Terms.PREPAID
    receiver: Receiver | None = None
    note: Annotated[str, Meta(max_length=500)] = ""
    expected_total_minor: Minor | None = None
    hold_minutes: Annotated[int, Meta(ge=1, le=60 * 24 * 365)] | None = None


class Order(Struct, frozen=True, kw_only=True):
    """An order's head, in minor units of its currency."""

    id: OrderId
    number: str
    shop_id: ShopId
    company_id: CompanyId
    warehouse_id: WarehouseId
    customer_id: CustomerId | None
    external_no: str | None
    status: Status
    payment_status: PaymentStatus
    terms: Terms
    currency: str
    goods_minor: int
    freight_minor: int
    other_minor: int
    total_minor: int
    paid_minor: int
    refunded_minor: int
    placed_at: datetime


class OrderLine(Struct, frozen=True, kw_only=True):
    line: int
    kind: LineKind
    sku_id: SkuId | None
    title: str
    qty: int
    unit_price: Decimal
    amount_minor: int
    shipped_qty: int
    returned_qty: int
    returned_minor: int
    cost_minor: int
    returned_cost_minor: int


class PayOrder(Struct, frozen=True, kw_only=True):
    """Record money received for an order. `reference` is the payment's number at whoever took it."""

    order_id: OrderId
    amount_minor: Annotated[int, Meta(ge=1, le=10**13)]
    method: Annotated[str, Meta(pattern="^[a-z_]{1,20}$")] = "bank"
    reference: Text


class StartPayment(Struct, frozen=True, kw_only=True):
    """Ask the customer, through a payment provider, for what is left to pay. 发起在线支付。"""

    order_id: OrderId
    provider: Annotated[str, Meta(pattern="^[a-z_]{1,20}$")] = "test"


class ShipOrderLine(Struct, frozen=True, kw_only=True):
    line: int
    qty: Qty


class ShipOrder(Struct, frozen=True, kw_only=True):
    """Ship an order, all that is left of it or these lines. Charges go with the first parcel."""

    order_id: OrderId
    lines: Annotated[list[ShipOrderLine], Meta(min_length=1)] | None = None
    carrier: Annotated[str, Meta(max_length=50)] = ""
    waybill: Annotated[str, Meta(max_length=64)] = ""


class Shipment(Struct, frozen=True, kw_only=True):
    id: UUID
    number: str
    order_id: OrderId
    status: Status
    cost_minor: int


class SignOrder(Struct, frozen=True, kw_only=True):
    """The customer has received the order."""

    order_id: OrderId


class CancelOrder(Struct, frozen=True, kw_only=True):
    """Cancel an order that has not left the warehouse."""

    order_id: OrderId
    reason: Text


class ExpireOrder(Struct, frozen=True, kw_only=True):
    """The time to pay for an order is over."""

    order_id: OrderId


class ReturnLine(Struct, frozen=True, kw_only=True):
    """Pieces that come back. Without `refund_minor` the refund is the line's share of what was paid."""

    line: int
    qty: Annotated[int, Meta(ge=0, le=10_000_000)]
    refund_minor: Minor | None = None


class ReturnOrder(Struct, frozen=True, kw_only=True):
    """Take goods back and refund them. A quantity of zero refunds only (仅退款)."""

    order_id: OrderId
    lines: Annotated[list[ReturnLine], Meta(min_length=1, max_length=2000)]
    reason: Text
    reference: Annotated[str, Meta(max_length=64)] = ""
    bucket: Bucket = Bucket.SELLABLE
    method: Annotated[str, Meta(pattern="^[a-z_]{1,20}$")] = "bank"


class Return(Struct, frozen=True, kw_only=True):
    id: UUID
    number: str
    order_id: OrderId
    refund_minor: int
    cost_minor: int


class OrderDetail(Struct, frozen=True, kw_only=True):
    order: Order
    lines: list[OrderLine]
    shipments: list[Shipment]
    returns: list[Return]


class TraceEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened to an order: an event or a transfer, with what caused it."""

    at: datetime
    kind: str
    what: str
    detail: dict[str, object]
    cause: UUID
    by: str
    door: str
    origin: str | None


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


class OrderNotFound(NotFound):
    """There is no order {order_id}, or you may not see it."""

    zh = "没有订单 {order_id}，或你无权查看。"


class ShopNotFound(NotFound):
    """There is no shop {shop_id}."""

    zh = "没有店铺 {shop_id}。"


class SkuNotSellable(Conflict):
    """SKU {sku_id} does not exist or is not for sale. Check the code, or list the product."""

    zh = "商品 {sku_id} 不存在或未上架，请核对编码或先上架。"


class PriceNotAllowed(Invalid):
    """A price of your own needs the grant orders.set_price. Leave unit_price out to sell at the list price."""

    zh = "自定价格需要权限 orders.set_price；不填 unit_price 则按标价销售。"


class LineIncomplete(Invalid):
    """Line {line}: goods need sku_id; a charge needs a title and a unit_price."""

    zh = "第 {line} 行不完整：商品行需要 sku_id，费用行需要标题和单价。"


class PriceNotUsable(Invalid):
    """Line {line}: a unit price is zero or more and has at most six decimals."""

    zh = "第 {line} 行：单价须不小于零，最多六位小数。"


class PriceChanged(Conflict):
    """The total is {total_minor}, not {expected_minor} as you were shown. Show the new total and ask again."""

    zh = "应付金额现为 {total_minor}，与之前显示的 {expected_minor} 不同，请重新确认。"


class ExternalNoTaken(Conflict):
    """The shop has an order with the external number {external_no} already."""

    zh = "店铺已有外部单号为 {external_no} 的订单。"


class OrderCurrencyMixed(Conflict):
    """SKU {sku_id} is priced in {currency}, the shop sells in {shop_currency}. Give it a price in that currency."""

    zh = "商品 {sku_id} 以 {currency} 定价，店铺以 {shop_currency} 销售，请先设置该币种价格。"


class StatusForbids(Conflict):
    """Order {number} is {status}; it cannot become {wanted}."""

    zh = "订单 {number} 当前状态为 {status}，不能变为 {wanted}。"


class Overpaid(Conflict):
    """Order {number} has {outstanding_minor} left to pay, {amount_minor} is more. Record what belongs to this order."""

    zh = "订单 {number} 待付 {outstanding_minor}，{amount_minor} 超出。请只记录属于该订单的金额。"


class NothingToPay(Conflict):
    """Order {number} is paid in full; nobody needs to be asked for money."""

    zh = "订单 {number} 已付清，无需再发起支付。"


class NotPaid(Conflict):
    """Order {number} is not paid in full; it cannot be shipped before, unless it is on account."""

    zh = "订单 {number} 未付清，除账期订单外不能发货。"


class LineNotFound(NotFound):
    """Order {number} has no line {line} of this kind."""

    zh = "订单 {number} 没有这样的第 {line} 行。"


class TooMuchToShip(Conflict):
    """Line {line} of order {number} has {left} left to ship, not {qty}."""

    zh = "订单 {number} 第 {line} 行只剩 {left} 件待发，不足 {qty} 件。"


class TooMuchToReturn(Conflict):
    """Line {line} of order {number} can take back {left} more, not {qty}."""

    zh = "订单 {number} 第 {line} 行最多还能退 {left} 件，不能退 {qty} 件。"


class RefundTooHigh(Conflict):
    """Line {line} of order {number} can be refunded {left_minor} more, not {refund_minor}."""

    zh = "订单 {number} 第 {line} 行最多还能退款 {left_minor}，不能退 {refund_minor}。"


class DuplicateLines(Invalid):
    """Line {line} is named twice; put it together."""

    zh = "第 {line} 行重复出现，请合并。"
