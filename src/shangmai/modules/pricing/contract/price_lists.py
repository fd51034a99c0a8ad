"""Price lists: who they are for, what they set, and which price came of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.kernel.money import MINOR_MAX, Currency
from shangmai.modules.catalog.contract import CategoryId, ProductId, SkuId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.floors import FloorMinor

PriceListId = NewType("PriceListId", UUID)
PriceEntryId = NewType("PriceEntryId", UUID)

ListCode = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="Unique code. 价格表编码。")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Words = Annotated[str, Meta(max_length=100)]
Channel = Annotated[str, Meta(pattern="^[a-z0-9_]{1,20}$", description="A shop's kind. 渠道，即店铺类型：mall、pos…")]
Level = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="A member level. 会员等级编码。")]
PriceMinor = Annotated[int, Meta(ge=0, le=MINOR_MAX)]
PercentBp = Annotated[int, Meta(ge=0, le=100_000, description="8800 = 88 %, 8.8 折")]
Moment = Annotated[datetime, Meta(tz=True)]
Qty = Annotated[int, Meta(ge=1, le=10_000_000)]


class ListKind(StrEnum):
    """Whom a list is for, the most particular last: it beats those before it."""

    BASE = "base"
    CHANNEL = "channel"
    SHOP = "shop"
    LEVEL = "level"
    CUSTOMER = "customer"


class Target(StrEnum):
    """What an entry names, the most particular last."""

    CATEGORY = "category"
    PRODUCT = "product"
    SKU = "sku"


class PriceList(Struct, frozen=True, kw_only=True):
    id: PriceListId
    code: str
    name: str
    name_en: str
    kind: ListKind
    channel: str | None
    shop_id: ShopId | None
    level: str | None
    currency: str
    priority: int
    created_at: datetime
    closed_at: datetime | None


class PriceEntry(Struct, frozen=True, kw_only=True):
    """What a list sets for one piece, from `min_qty` pieces on, within [valid_from, valid_to).

    Either a price in minor units of the list's currency, or basis points of the SKU's own price. In force from `set_at`
    until `ended_at`, when it was set anew or removed; `set_by` and `ended_by` are rows of the action log.
    `floor_minor`: what no promotion takes a piece below that is bought by this entry, in the list's currency.
    """

    id: PriceEntryId
    list_id: PriceListId
    target: Target
    target_id: UUID
    min_qty: int
    valid_from: datetime | None
    valid_to: datetime | None
    price_minor: int | None
    percent_bp: int | None
    set_at: datetime
    set_by: UUID
    ended_at: datetime | None
    ended_by: UUID | None
    floor_minor: int | None = None


class Verdict(StrEnum):
    """What became of an entry when a price was sought."""

    CHOSEN = "chosen"
    LESS_PARTICULAR_LIST = "less_particular_list"
    LOWER_PRIORITY = "lower_priority"
    OTHER_CURRENCY = "other_currency"
    BROADER_TARGET = "broader_target"
    SMALLER_BREAK = "smaller_break"
    OLDER_PERIOD = "older_period"
    LATER_CODE = "later_code"
    NO_RATE = "no_rate"


class Considered(Struct, frozen=True, kw_only=True):
    """An entry that named the SKU, what it would have set, and why it did or did not."""

    list_code: str
    list_kind: ListKind
    entry_id: PriceEntryId
    target: Target
    min_qty: int
    unit_minor: int | None
    verdict: Verdict


class UnitPrice(Struct, frozen=True, kw_only=True):
    """One piece's price in minor units of `currency`, and what set it.

    Without `list_id` the SKU's own price did. `rate` is the stored rate that it was converted at, from
    `original_currency`; half a minor unit goes away from zero, once. `considered` begins with the entry chosen, if one
    was. `floor_minor`: that entry's floor, converted alike.
    """

    sku_id: SkuId
    unit_minor: int
    currency: str
    list_id: PriceListId | None = None
    list_code: str = ""
    entry_id: PriceEntryId | None = None
    percent_bp: int | None = None
    original_minor: int
    original_currency: str
    rate: Decimal | None = None
    floor_minor: int | None = None
    considered: tuple[Considered, ...] = ()


# --- action inputs and answers -------------------------------------------------------------------------------------


class CreatePriceList(Struct, frozen=True, kw_only=True):
    """A list for everyone (base), a channel, a shop, a member level, or the customers that are assigned to it."""

    code: ListCode
    name: Name
    kind: ListKind
    currency: Currency
    name_en: Words = ""
    channel: Channel | None = None
    shop_id: ShopId | None = None
    level: Level | None = None
    priority: Annotated[int, Meta(ge=-1000, le=1000, description="Among lists of one kind the higher wins.")] = 0


class ClosePriceList(Struct, frozen=True, kw_only=True):
    price_list: ListCode


class SetListPrice(Struct, frozen=True, kw_only=True):
    """Name one SKU, product or category, and give either a price or a percentage of the SKU's own price.

    `floor_minor`: what no promotion takes a piece below that is bought by this entry, in the list's currency.
    """

    price_list: ListCode
    sku_id: SkuId | None = None
    product_id: ProductId | None = None
    category_id: CategoryId | None = None
    price_minor: PriceMinor | None = None
    percent_bp: PercentBp | None = None
    floor_minor: FloorMinor | None = None
    min_qty: Qty = 1
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class RemoveListPrice(Struct, frozen=True, kw_only=True):
    """The entry's list, target, quantity and begin, as they were set."""

    price_list: ListCode
    sku_id: SkuId | None = None
    product_id: ProductId | None = None
    category_id: CategoryId | None = None
    min_qty: Qty = 1
    valid_from: Moment | None = None


class ListPriceSet(Struct, frozen=True, kw_only=True):
    """The entry in force now, and the one that it replaced; `changed` is false when it was set like that already."""

    entry: PriceEntry
    replaced: PriceEntryId | None
    changed: bool


class ListPriceRemoved(Struct, frozen=True, kw_only=True):
    entry_id: PriceEntryId


class AssignPriceList(Struct, frozen=True, kw_only=True):
    price_list: ListCode
    customer_id: CustomerId


class Assignment(Struct, frozen=True, kw_only=True):
    list_id: PriceListId
    customer_id: CustomerId
    changed: bool


# --- events --------------------------------------------------------------------------------------------------------


@event("pricing.list_created.v1", key="list_id")
class PriceListCreated(Struct, frozen=True, kw_only=True):
    list_id: PriceListId
    code: str
    kind: str


@event("pricing.list_closed.v1", key="list_id")
class PriceListClosed(Struct, frozen=True, kw_only=True):
    list_id: PriceListId
    code: str


@event("pricing.list_price_changed.v1", key="target_id")
class ListPriceChanged(Struct, frozen=True, kw_only=True):
    """An entry was set or, without a price and percentage, removed."""

    list_id: PriceListId
    code: str
    target: str
    target_id: UUID
    price_minor: int | None
    percent_bp: int | None
    floor_minor: int | None = None


# --- errors --------------------------------------------------------------------------------------------------------


class PriceListNotFound(NotFound):
    """There is no price list {code}; list the price lists and pick one, or create it."""

    zh = "没有价格表 {code}，请从价格表列表中选择，或先新建。"


class PriceListCodeTaken(Conflict):
    """There is a price list {code} already; set prices in it, or use another code."""

    zh = "价格表编码 {code} 已存在，请直接在其中设价，或换一个编码。"


class PriceListClosedAlready(Conflict):
    """Price list {code} was closed at {closed_at}; create another list for new prices."""

    zh = "价格表 {code} 已于 {closed_at} 关闭，请为新价格另建价格表。"


LIST_ZH: Final = {"base": "基础", "channel": "渠道", "shop": "店铺", "level": "会员等级", "customer": "客户"}


class ListForWhom(Invalid):
    """A {kind} list needs {needed}, and no other of channel, shop_id and level; a list for all or customers, none."""

    zh = "{kind} 类型的价格表须填写 {needed}，channel、shop_id、level 中其余留空；面向全体或客户的都不填。"
    zh_words = words(kind=LIST_ZH)


class NotACustomerList(Conflict):
    """Price list {code} is of the kind {kind}; customers are assigned to lists of the kind customer only."""

    zh = "价格表 {code} 的类型是{kind}；只有客户类型的价格表才能指定客户。"
    zh_words = words(kind=LIST_ZH)


class NotAssigned(NotFound):
    """This customer is not assigned to price list {code}; nothing was changed."""

    zh = "该客户未被指定到价格表 {code}，未做任何改动。"


class OneTarget(Invalid):
    """Name exactly one of sku_id, product_id and category_id."""

    zh = "sku_id、product_id、category_id 须填写且只能填写一个。"


class TargetNotFound(NotFound):
    """There is no {target} {id}; search for it in the catalog."""

    zh = "没有 {target} {id}，请在商品目录中查找。"


class PriceOrPercent(Invalid):
    """Give either price_minor or percent_bp; a category takes a percentage only."""

    zh = "price_minor 与 percent_bp 须填写且只能填写一个；类目只能按百分比设价。"


class PeriodEmpty(Invalid):
    """The period ends at {valid_to}, not after it begins; give a later end, or none."""

    zh = "有效期的结束 {valid_to} 不晚于开始，请改晚结束时间，或不填。"


class LaterListPriceSet(Conflict):
    """This price was set at {at}, which is later than this change; set it for now instead."""

    zh = "此价格在 {at} 已有更晚的设置；请改为按当前时间设置。"


class ListPriceNotFound(NotFound):
    """Price list {code} has no such entry now; list its entries, and name target, quantity and begin as there."""

    zh = "价格表 {code} 中没有这一条；请查看价格表条目，并按其商品、起订量和开始时间填写。"


class NoPriceInCurrency(Conflict):
    """SKU {sku} has a price in {currency} only, and there is no rate to {wanted} for {day}; set a price or the rate."""

    zh = "商品 {sku} 只有 {currency} 价格，且没有 {day} 折算为 {wanted} 的汇率；请设置该币种价格或汇率。"
