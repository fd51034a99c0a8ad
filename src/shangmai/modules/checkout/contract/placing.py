"""Checking out: what is asked, what it would cost, what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Denied, Invalid, NotFound, TooMany
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.checkout.contract.carts import QTY_MAX, CartLine, CartToken, LineNotice
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract import DeliveryPromise, FreightBill, ParcelState, RegionCode
from shangmai.modules.logistics.contract.tracking import ScanKind
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OrderId, PaymentStatus, Receiver, Status
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.payments.contract import Scene
from shangmai.modules.pricing.contract import ChosenGift, PromotionId, Quote
from shangmai.modules.pricing.contract.asking import CouponWishes

PickupPointId = NewType("PickupPointId", UUID)

ON_ACCOUNT, ON_DELIVERY, LATER = "on_account", "on_delivery", "later"
AT_ONCE = "test_at_once"
"""Counts as paid by the placing itself, without any money: where the test gateway is, in a demo, and nowhere else."""
"""Ways to pay that are no provider: 挂账, 货到付款, and to be chosen afterwards."""
EXPECTED_MAX = 10**13

Method = Annotated[
    str, Meta(pattern="^[a-z_]{1,20}$", description="A provider, on_delivery, on_account or later. 支付方式。")
]
Label = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
PayLink = Annotated[str, Meta(pattern=r"^(order|pay)_[A-Za-z0-9_-]{20,80}$(?!\n)", description="订单或代付链接。")]


class DeliveryKind(StrEnum):
    """By a carrier, or fetched at a store (门店自提)."""

    SHIP = "ship"
    PICKUP = "pickup"


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the goods come to the buyer; a pick-up names its point."""

    kind: DeliveryKind = DeliveryKind.SHIP
    point_id: PickupPointId | None = None


class InvoiceKind(StrEnum):
    """For a person, or for a company with its taxpayer's number."""

    PERSONAL = "personal"
    COMPANY = "company"


class InvoiceWish(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The invoice that the buyer asks for; a company gives its 统一社会信用代码, whose check digit must fit."""

    kind: InvoiceKind = InvoiceKind.PERSONAL
    title: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S"), Personal]
    tax_no: Annotated[str, Meta(max_length=30)] = ""
    email: Annotated[str, Meta(max_length=254), Personal] = ""


class WantedLine(Struct, frozen=True, kw_only=True):
    """Pieces to order. `add_on_of`: taken as an add-on (加价购) of that promotion."""

    sku_id: SkuId
    qty: Annotated[int, Meta(ge=1, le=QTY_MAX)] = 1
    add_on_of: PromotionId | None = None


class AskCheckout(Struct, frozen=True, kw_only=True):
    """What to order: the selected lines of a cart, or, where lines are given, those. See `checkout.place`.

    `points`: how many of the customer's to use at most.
    """

    shop_id: ShopId
    lines: Annotated[tuple[WantedLine, ...], Meta(max_length=200)] = ()
    cart_token: CartToken | None = None
    customer_id: CustomerId | None = None
    receiver: Receiver | None = None
    region: RegionCode | None = None
    delivery: Delivery = Delivery()
    coupons: CouponWishes = ()
    best_coupons: bool = True
    gifts: Annotated[tuple[ChosenGift, ...], Meta(max_length=20)] = ()
    points: Annotated[int, Meta(ge=0, le=10**12)] = 0


class PlaceCheckout(AskCheckout, frozen=True, kw_only=True):
    """Order in one call: goods, whereto, how it is delivered, coupons, invoice, note, and how it is paid.

    `cart_version`: of the cart whose selected lines are ordered, as it was shown. `expected_total_minor`: the total
    that the buyer was shown; another one is refused. `region` wins over the names in `receiver`.
    """

    cart_version: int | None = None
    expected_total_minor: Annotated[int, Meta(ge=0, le=EXPECTED_MAX)]
    method: Method = LATER
    scene: Scene | None = None
    invoice: InvoiceWish | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class PaymentState(StrEnum):
    """Due: pay now, at `pay_url` if there is one. The others ask for nothing now: free, paid, or later."""

    DUE = "due"
    NONE = "none"
    PAID = "paid"
    ON_DELIVERY = "on_delivery"
    ON_ACCOUNT = "on_account"


class PaymentStep(Struct, frozen=True, kw_only=True):
    """What the buyer does next. `amount_minor` may be a deposit."""

    state: PaymentState
    method: str
    amount_minor: int
    intent_id: UUID | None = None
    pay_url: str = ""


class Placed(Struct, frozen=True, kw_only=True):
    """The order. `expires_at`: until when it waits for its payment. `link` opens it without signing in: keep it."""

    order_id: OrderId
    number: str
    total_minor: int
    currency: str
    expires_at: datetime | None
    payment: PaymentStep
    link: str


class CartItem(CartLine, frozen=True, kw_only=True):
    """A line as it stands now: `unit_minor` at list price, `amount_minor` after promotions, for selected lines."""

    name: str
    unit_minor: int | None
    amount_minor: int | None
    available: int | None
    notices: tuple[LineNotice, ...] = ()


class Hint(Struct, frozen=True, kw_only=True):
    """How to save more: 再买 ¥21.00 可减 ¥30.00."""

    promotion_id: PromotionId
    name: str
    text: str


class CartView(Struct, frozen=True, kw_only=True):
    """A cart with everything that is true of it now. `invalid`: lines that can't be bought, and why.

    `quote` is of the selected lines, `line_keys` says which SKU each of its keys is; None while none is selected, or
    where `problem` says why. `freight` only where the region is known.
    """

    shop_id: ShopId
    version: int
    lines: tuple[CartItem, ...]
    invalid: tuple[CartItem, ...]
    quote: Quote | None
    total_minor: int
    currency: str
    freight: FreightBill | None = None
    freight_text: str = ""
    hints: tuple[Hint, ...] = ()
    problem: str = ""


class CheckoutQuote(Struct, frozen=True, kw_only=True):
    """What ordering would cost, and what can be chosen: `total_minor` is what to send as `expected_total_minor`.

    `promise`: on which day it will be there, where all of it is in stock and the warehouse says when it sends.
    """

    quote: Quote
    total_minor: int
    currency: str
    freight: FreightBill | None
    freight_text: str
    hints: tuple[Hint, ...]
    methods: tuple[str, ...]
    pickup_points: tuple[PickupPoint, ...]
    cart_version: int | None
    promise: DeliveryPromise | None = None
    promise_text: str = ""


class PickupPoint(Struct, frozen=True, kw_only=True):
    """Where a shop's orders can be fetched, from the warehouse that is there."""

    id: PickupPointId
    shop_id: ShopId
    warehouse_id: WarehouseId
    name: str
    phone: str
    region: str
    street: str
    hours: str
    active: bool


class SavePickupPoint(Struct, frozen=True, kw_only=True):
    """A place to fetch orders at, made, or changed by its id. 自提点。"""

    id: PickupPointId | None = None
    shop_id: ShopId
    warehouse_id: WarehouseId
    name: Label
    phone: Annotated[str, Meta(max_length=40)] = ""
    region: RegionCode
    street: Annotated[str, Meta(max_length=200)] = ""
    hours: Annotated[str, Meta(max_length=100)] = ""
    active: bool = True


class CheckoutSettings(Struct, frozen=True, kw_only=True):
    """How a shop lets people check out; without any set, these.

    `guests`: whether one can order without signing in. `payment_minutes`: how long an order waits for its payment.
    `on_delivery`: whether one can pay on delivery. `note_max`: signs of a buyer's note. `cart_days`: after how many
    days without a touch a guest's cart goes.
    """

    shop_id: ShopId
    guests: bool = True
    payment_minutes: Annotated[int, Meta(ge=1, le=30 * 24 * 60)] = 30
    on_delivery: bool = False
    invoices: bool = True
    note_max: Annotated[int, Meta(ge=0, le=500)] = 200


class FindOrder(Struct, frozen=True, kw_only=True):
    """Look up an order without signing in, by its number and the receiver's phone. 游客查单。"""

    number: Annotated[str, Meta(min_length=3, max_length=40)]
    phone: Annotated[str, Meta(min_length=5, max_length=32), Personal]


class FoundOrder(Struct, frozen=True, kw_only=True):
    """An order as whoever placed it may see it; `receiver` is masked.

    `due_minor`: what can be paid now; of a pre-sale the deposit, then, between `balance_from` and `balance_until`, the
    rest. `pay_link` is for somebody else who pays it (代付): it shows no address, cancels nothing. `is_urged`: the
    shop has been asked to send it soon.
    """

    order_id: OrderId
    number: str
    status: Status
    payment_status: PaymentStatus
    total_minor: int
    paid_minor: int
    refunded_minor: int
    due_minor: int
    currency: str
    placed_at: datetime
    balance_from: datetime | None
    balance_until: datetime | None
    expires_at: datetime | None
    delivery: Delivery
    receiver: str
    lines: tuple[FoundLine, ...]
    parcels: tuple[FoundParcel, ...]
    link: str
    pay_link: str
    is_urged: bool


class OwnOrder(Struct, frozen=True, kw_only=True):
    """One of a customer's orders in a list; `link` shows all of it."""

    order_id: OrderId
    number: str
    status: Status
    payment_status: PaymentStatus
    total_minor: int
    currency: str
    placed_at: datetime
    lines: tuple[FoundLine, ...]
    link: str


class ParcelScan(Struct, frozen=True, kw_only=True):
    """Where a parcel was, at the carrier's time; not in the carrier's words, which may name people."""

    at: datetime
    kind: ScanKind
    place: str


class FoundParcel(Struct, frozen=True, kw_only=True):
    """A parcel as its receiver may see it; `state` is null where nobody follows it. Scans are the newest first."""

    number: str
    carrier: str
    waybill: str
    sent_at: datetime
    state: ParcelState | None
    scans: tuple[ParcelScan, ...]


class FoundLine(Struct, frozen=True, kw_only=True):
    """`sku_id` is null for charges, as freight is one. `left_qty`: pieces that have yet to leave."""

    line: int
    sku_id: SkuId | None
    title: str
    qty: int
    amount_minor: int
    shipped_qty: int
    left_qty: int
    canceled_qty: int


class FriendOrder(Struct, frozen=True, kw_only=True):
    """What somebody sees who is asked to pay for another: what for, how much, until when. No address, no number."""

    shop_id: ShopId
    asked_by: str
    status: Status
    payment_status: PaymentStatus
    due_minor: int
    currency: str
    expires_at: datetime | None
    methods: tuple[str, ...]
    lines: tuple[FoundLine, ...]


class PayByLink(Struct, frozen=True, kw_only=True):
    """Start a payment, or another one, for the order of a link, or of a pay link (代付). 凭链接支付。"""

    link: PayLink
    method: Method
    scene: Scene | None = None


# --- errors --------------------------------------------------------------------------------------------------------


class SignInToOrder(Denied):
    """This shop takes orders of customers only; sign in first."""

    zh = "本店仅接受会员下单，请先登录。"


class NothingSelected(Invalid):
    """Nothing is selected to order; select something in the cart or give lines."""

    zh = "没有选择要购买的商品；请在购物车中勾选，或直接给出商品行。"


class LinesOrCart(Invalid):
    """Give lines or a cart version, not both: a cart is ordered as it was looked at."""

    zh = "请只给出商品行或购物车版本之一：购物车按查看时的内容下单。"


class SkuNotOnOffer(Conflict):
    """{name} can't be bought as asked. {reason} Change the line and ask again."""

    zh = "{name} 暂时不能按此数量购买。{reason}请修改后重试。"


class ReceiverNeeded(Invalid):
    """Say who receives the goods and where: name, phone, province, city, district and street."""

    zh = "请填写收货人姓名、电话、省、市、区和详细地址。"


class PickupPointNotFound(NotFound):
    """The shop has no open pick-up point {point_id}; choose one of the list."""

    zh = "本店没有可用的自提点 {point_id}，请从列表中选择。"


class MethodOff(Conflict):
    """This order can't be paid by {method} here; choose one of: {methods}."""

    zh = "该订单不能使用支付方式 {method}，可选：{methods}。"


class TaxNumberWrong(Invalid):
    """{tax_no} is no unified social credit code: its last sign does not fit the others. Check it and send it again."""

    zh = "{tax_no} 不是有效的统一社会信用代码（校验位不符），请核对后重新填写。"


class InvoicesOff(Conflict):
    """This shop gives no invoices by request; leave the wish out and ask the shop."""

    zh = "本店不支持下单时申请发票，请去掉开票信息并联系店家。"


class NoteTooLong(Invalid):
    """A note has {most} signs at most; shorten it."""

    zh = "备注最多 {most} 个字，请精简。"


class CheckoutPriceChanged(Conflict):
    """The total is {total_minor} now, not {expected_minor} as you were shown. Look at what changed and ask again."""

    zh = "应付金额现为 {total_minor}，与之前显示的 {expected_minor} 不同；请查看变动并重新确认。"


class OrderNotFoundByPhone(NotFound):
    """There is no order of this number and phone; check both."""

    zh = "没有该单号与手机号对应的订单，请核对后重试。"


class LookupsThrottled(TooMany):
    """Too many lookups of this order or phone; wait {wait_s} seconds and try again."""

    zh = "查询过于频繁，请 {wait_s} 秒后再试。"


class LookupNotPreviewed(Conflict):
    """Looking up an order cannot be previewed; run it without dry_run."""

    zh = "查询订单不能预演，请去掉 dry_run 执行。"


class LinkInvalid(NotFound):
    """This link leads to no order; take it from the answer of the order, or look the order up by number and phone."""

    zh = "该链接没有对应的订单；请使用下单时返回的链接，或按单号与手机号查询。"
