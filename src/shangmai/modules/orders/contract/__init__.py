"""Orders as customers, clerks and other modules see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.i18n import register_folder
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract import FreightOf
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract.changing import OnChange, PriceChange, WhenShort
from shangmai.modules.orders.contract.errors import (
    BalanceNotDue,
    CouponsNeedListPrices,
    DuplicateLines,
    ExternalNoTaken,
    LineIncomplete,
    LineNotFound,
    NotHereYet,
    NothingToPay,
    NothingToQuote,
    NotPaid,
    OfferNotUsable,
    OrderCurrencyMixed,
    OrderNotFound,
    Overpaid,
    PriceChanged,
    PriceNotAllowed,
    PriceNotUsable,
    RefundTooHigh,
    ShopNotFound,
    SkuNotSellable,
    StatusForbids,
    TooMuchToReturn,
    TooMuchToShip,
)
from shangmai.modules.orders.contract.events import (
    DepositKept,
    OrderCanceled,
    OrderPaid,
    OrderPlaced,
    OrderReturned,
    OrderShipped,
    OrderSigned,
)
from shangmai.modules.orders.contract.exchanging import Exchange
from shangmai.modules.orders.contract.holding_back import (
    HoldBack,
    OrderHeldBack,
    OrderLetGo,
    ShippingHeldBack,
    WantedHoldBack,
)
from shangmai.modules.orders.contract.ids import Minor, OrderId, OrderLink, Text
from shangmai.modules.orders.contract.kinds import KindNotPlaced, OrderKind
from shangmai.modules.orders.contract.part_canceling import PartCancel
from shangmai.modules.orders.contract.repricing import LinePriceChange
from shangmai.modules.orders.contract.resending import Resend
from shangmai.modules.orders.contract.returning import GiftDue, KitPart, Return, ReturnLine, ReturnOrder
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.payments.contract import DeferKind, Scene
from shangmai.modules.pricing.contract import ChosenGift, Offer, PromotionId, Quote
from shangmai.modules.pricing.contract.asking import CouponWishes

register_folder("orders", Path(__file__).parents[1])

Qty = Annotated[int, Meta(ge=1, le=10_000_000)]


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


class CipherReceiver(Receiver, frozen=True, kw_only=True):
    """A receiver whom a channel keeps to itself (密文): name, phone and street may be masked (张**, 138****5678).

    `cipher`: what stands for them at the channel (OAID, a ciphertext), without which no waybill can be had.
    `cipher_index`: what is the same whenever the receiver is (`search_index`), where the cipher is not.
    """

    cipher: Annotated[str, Meta(max_length=2000), Personal] = ""
    cipher_index: Annotated[str, Meta(max_length=500), Personal] = ""


class PlaceLine(Struct, frozen=True, kw_only=True):
    """One line. A line of goods names its SKU, a charge its title and price.

    `unit_price` (major units, up to six decimals) needs the grant `orders.set_price`; without it, price lists and
    promotions set the price. `add_on_of`: taken as an add-on (加价购) of that promotion.
    """

    qty: Qty = 1
    sku_id: SkuId | None = None
    kind: LineKind = LineKind.GOODS
    title: Annotated[str, Meta(max_length=200)] = ""
    unit_price: Decimal | None = None
    add_on_of: PromotionId | None = None


class PlaceOrder(Struct, frozen=True, kw_only=True):
    """Place an order.

    `coupons` are used if they make it cheaper; `best_coupons`: also whichever of the customer's. An order whose goods
    have prices of their own gets neither price lists nor promotions. `gifts`: those chosen where a promotion lets one
    choose. `points`: how many of the customer's to use at most; fewer are used where a promotion takes fewer.
    `on_change`: what to do where `expected_total_minor` is no longer the price, or a promotion is used up meanwhile.
    `when_short`: what to do where there is not stock for all of it; one that waits holds none until there is for all.
    `kind`: by itself one with a deposit is a pre-sale, one on account is of a business.
    """

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
    coupons: CouponWishes = ()
    best_coupons: bool = False
    gifts: Annotated[tuple[ChosenGift, ...], Meta(max_length=20)] = ()
    points: Annotated[int, Meta(ge=0, le=10**12)] = 0
    on_change: OnChange = OnChange.REFUSE
    when_short: WhenShort = WhenShort.REFUSE
    kind: OrderKind = OrderKind.NORMAL


class PaidWith(Struct, frozen=True):
    """Money that comes with the placing of an order: by which method, and how many minor units of the order's currency.

    Without an amount it is what can be paid at once: the deposit, or the total.
    """

    method: str
    amount_minor: int | None = None


class OfferedOrder(Struct, frozen=True, kw_only=True):
    """An order whose lines (1, 2, …) have offers that the caller, a module above, has verified.

    `freight` works out what sending it costs when its prices are known; the order has a line of freight for it then.
    `kind`: of orders that are made for another one. `prices_given`: the lines' own prices are those that the caller's
    action sets by its own grant, as a channel's; without it they need the grant `orders.set_price`. `paid`: the money
    that comes with it.
    """

    do: PlaceOrder
    item: Item
    kind: OrderKind | None = None
    offers: Mapping[int, Offer] = {}
    freight: FreightOf | None = None
    prices_given: bool = False
    paid: PaidWith | None = None


class Order(Struct, frozen=True, kw_only=True):
    """An order's head, in minor units of its currency. `quoted`: price lists or promotions set its prices.

    `held_back`: it must not be shipped for now; its detail says why. `deposit_minor`: of the total, what can be paid at
    once; the rest only in `[balance_from, balance_until)`. `kept_minor`: of what was paid, what the shop keeps although
    the order is canceled. `points`: how many of the customer's points it used when it was placed. `expired_at`: when it
    was canceled because no payment had come in time. `price_change`: told by placing alone, where the price was not the
    one expected and the order was to be placed all the same.
    """

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
    quoted: bool = False
    held_back: bool = False
    deposit_minor: int = 0
    balance_from: datetime | None = None
    balance_until: datetime | None = None
    kept_minor: int = 0
    points: int = 0
    expired_at: datetime | None = None
    price_change: PriceChange | None = None
    kind: OrderKind = OrderKind.NORMAL


class OrderLine(Struct, frozen=True, kw_only=True, gc=False):
    """`unit_price`: of one piece before promotions. `amount_minor`: what the whole line costs the customer.

    `canceled_qty`, `canceled_minor`: of those, what was canceled before it left. `shipped_minor`: what was posted with
    its parcels. It is in no cycle, and there are many: the search for garbage leaves it out.
    """

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
    shipped_minor: int = 0
    canceled_qty: int = 0
    canceled_minor: int = 0

    @property
    def due_qty(self) -> int:
        """The pieces that the customer gets, gone or not."""
        return self.qty - self.canceled_qty

    @property
    def due_minor(self) -> int:
        """What those pieces cost the customer."""
        return self.amount_minor - self.canceled_minor

    @property
    def left_qty(self) -> int:
        """The pieces that have yet to leave."""
        return self.qty - self.canceled_qty - self.shipped_qty


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
    scene: Scene | None = None


class CreatePayLink(Struct, frozen=True, kw_only=True):
    """Make the address of a page where the customer pays for an order, by whatever way they choose. 生成支付链接。"""

    order_id: OrderId


class DeferPayment(Struct, frozen=True, kw_only=True):
    """Let an order wait for its money: on account, within a credit limit, or for the courier. 挂账、货到付款。"""

    order_id: OrderId
    kind: DeferKind
    due_on: date | None = None


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
    """A parcel's share of one order. `unit_id`: the fulfilment unit that it was."""

    id: UUID
    number: str
    order_id: OrderId
    status: Status
    cost_minor: int
    unit_id: UUID | None = None


class SentParcel(Struct, frozen=True, kw_only=True):
    """A parcel as its receiver may see it: who carries it under which number; nothing of what it cost."""

    number: str
    carrier: str
    waybill: str
    sent_at: datetime


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


class OrderDetail(Struct, frozen=True, kw_only=True):
    """`quote`: the price trace that the order was placed at, frozen; the keys of its lines are those of the order.

    `hold_backs`: why it must not be shipped for now. `parts`: the components of its kits, each with its share of what
    was paid. `canceled`: pieces canceled before they left. `resends`: the orders that send
    something of it again, or the order that it sends something of.
    """

    order: Order
    lines: list[OrderLine]
    shipments: list[Shipment]
    returns: list[Return]
    quote: Quote | None = None
    hold_backs: tuple[HoldBack, ...] = ()
    parts: tuple[KitPart, ...] = ()
    canceled: tuple[PartCancel, ...] = ()
    resends: tuple[Resend, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    price_changes: tuple[LinePriceChange, ...] = ()


class SoldOrder(Struct, frozen=True, kw_only=True):
    """An order that was not canceled, with its lines.

    `earlier`: how many such orders its customer had placed before it. `quote`: what it was placed at, where price lists
    or promotions had a say; a line of goods that is not in it is a gift.
    """

    order: Order
    lines: list[OrderLine]
    earlier: int
    quote: Quote | None


class TraceEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened to an order, with what caused it.

    `kind`: event, decision (of a table), transfer (of pieces or their cost), limit (of promotions), points, money,
    entry (in the ledger), scan (of pieces on the floor, or of a parcel by its carrier), or message (to colleagues).
    `action`: at the root of the cause, run by `by`. `link`: where to read more; the order where nothing is closer.
    """

    at: datetime
    kind: str
    what: str
    detail: dict[str, object]
    cause: UUID
    by: str
    door: str
    origin: str | None
    action: str = ""
    link: str = ""


__all__ = [
    "BalanceNotDue",
    "CancelOrder",
    "CouponsNeedListPrices",
    "DepositKept",
    "DuplicateLines",
    "ExpireOrder",
    "ExternalNoTaken",
    "GiftDue",
    "HoldBack",
    "KindNotPlaced",
    "LineIncomplete",
    "LineKind",
    "LineNotFound",
    "Minor",
    "NotHereYet",
    "NotPaid",
    "NothingToPay",
    "NothingToQuote",
    "OfferNotUsable",
    "OfferedOrder",
    "OnChange",
    "Order",
    "OrderCanceled",
    "OrderCurrencyMixed",
    "OrderDetail",
    "OrderHeldBack",
    "OrderId",
    "OrderKind",
    "OrderLetGo",
    "OrderLine",
    "OrderLink",
    "OrderNotFound",
    "OrderPaid",
    "OrderPlaced",
    "OrderReturned",
    "OrderShipped",
    "OrderSigned",
    "Overpaid",
    "PaidWith",
    "PayOrder",
    "PaymentStatus",
    "PlaceLine",
    "PlaceOrder",
    "PriceChange",
    "PriceChanged",
    "PriceNotAllowed",
    "PriceNotUsable",
    "Receiver",
    "RefundTooHigh",
    "Return",
    "ReturnLine",
    "ReturnOrder",
    "ShipOrder",
    "ShipOrderLine",
    "Shipment",
    "ShippingHeldBack",
    "ShopNotFound",
    "SignOrder",
    "SkuNotSellable",
    "StartPayment",
    "Status",
    "StatusForbids",
    "Terms",
    "TooMuchToReturn",
    "TooMuchToShip",
    "TraceEntry",
    "WantedHoldBack",
    "WhenShort",
]
