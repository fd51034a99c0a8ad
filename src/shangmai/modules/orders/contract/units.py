"""Fulfilment units (发货单): what leaves together, from one warehouse to one receiver."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Invalid, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Shipment
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.orders.contract.sourcing import Weights
from shangmai.modules.organization.contract import CompanyId, ShopId

UnitId = NewType("UnitId", UUID)
Qty = Annotated[int, Meta(ge=1, le=10_000_000)]


class UnitState(StrEnum):
    """Open: not to be picked yet. Released: the warehouse may pick it. The others are ends."""

    OPEN = "open"
    RELEASED = "released"
    SHIPPED = "shipped"
    CANCELED = "canceled"
    MERGED = "merged"


LIVE = frozenset({UnitState.OPEN, UnitState.RELEASED})


class Unit(Struct, frozen=True, kw_only=True):
    """A fulfilment unit's head. `release_at`: not before then is it released by itself.

    `split_from`: the unit that it was a part of. `merged_into`: the unit that its lines are in now. `revision` goes up
    with every change to what is in it, for whoever is picking it. `ships_from`: something in it is sold before it is
    there, and leaves from then on.
    """

    id: UnitId
    number: str
    shop_id: ShopId
    company_id: CompanyId
    warehouse_id: WarehouseId
    customer_id: CustomerId | None
    state: UnitState
    courier: str
    release_at: datetime
    created_at: datetime
    released_at: datetime | None = None
    ended_at: datetime | None = None
    split_from: UnitId | None = None
    merged_into: UnitId | None = None
    revision: int = 1
    ships_from: datetime | None = None


class UnitLine(Struct, frozen=True, kw_only=True):
    """Pieces of an order's line in a unit."""

    order_id: OrderId
    line: int
    qty: int


class UnitPiece(Struct, frozen=True, kw_only=True):
    """A line of a unit as people read it. `amount_minor`: its share of what the order's line costs."""

    order_id: OrderId
    number: str
    line: int
    sku_id: SkuId | None
    title: str
    qty: int
    amount_minor: int
    currency: str


class UnitDetail(Struct, frozen=True, kw_only=True):
    """`merged_from`: the units that it was merged from; merging can be undone while none of it has left."""

    unit: Unit
    lines: list[UnitPiece]
    merged_from: list[Unit]
    held_back: bool


class Alike(Struct, frozen=True, kw_only=True):
    """Open units of one buyer that go from one warehouse to one receiver, and could go together. 可合并。"""

    units: list[Unit]


class UnitPart(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    line: int
    qty: Qty


class SplitUnit(Struct, frozen=True, kw_only=True):
    """Take pieces out of a unit into one of their own. 拆单。"""

    unit_id: UnitId
    lines: Annotated[list[UnitPart], Meta(min_length=1, max_length=2000)]


class MergeUnits(Struct, frozen=True, kw_only=True):
    """Let units of one buyer for one receiver leave together. 合单。"""

    unit_ids: Annotated[list[UnitId], Meta(min_length=2, max_length=100)]


class UnmergeUnit(Struct, frozen=True, kw_only=True):
    """Undo a merge: the units as they were before. 撤销合单。"""

    unit_id: UnitId


class MoveUnit(Struct, frozen=True, kw_only=True):
    """Let a unit leave from another warehouse, which has all of it. 改仓。"""

    unit_id: UnitId
    warehouse_id: WarehouseId


class ReleaseUnit(Struct, frozen=True, kw_only=True):
    """Let the warehouse pick a unit now, without waiting for orders to merge it with. 立即释放。"""

    unit_id: UnitId


class RecallUnit(Struct, frozen=True, kw_only=True):
    """Take a released unit back from the warehouse, to be changed; it is released again by hand. 撤回。"""

    unit_id: UnitId


class ReleaseDueUnits(Struct, frozen=True, kw_only=True):
    """Release the units whose time has come, so many at most."""

    limit: Annotated[int, Meta(ge=1, le=5000)] = 500


class ReleasedUnits(Struct, frozen=True, kw_only=True):
    """`more`: there may be others that are due."""

    released: int
    more: bool


class Way(Struct, frozen=True, kw_only=True):
    """Who carries a further parcel, under which number."""

    carrier: Annotated[str, Meta(max_length=50)] = ""
    waybill: Annotated[str, Meta(min_length=1, max_length=64)]


class ShipUnit(Struct, frozen=True, kw_only=True):
    """Ship a released unit: all of it, in one parcel, or with `more` in several. 按发货单发货。"""

    unit_id: UnitId
    carrier: Annotated[str, Meta(max_length=50)] = ""
    waybill: Annotated[str, Meta(max_length=64)] = ""
    more: Annotated[tuple[Way, ...], Meta(max_length=50)] = ()


class UnitShipment(Struct, frozen=True, kw_only=True):
    """A unit that has left, and a shipment for each order that was in it; they share the parcel."""

    unit: Unit
    shipments: list[Shipment]


class PerDay(Struct, frozen=True, kw_only=True):
    """How many units a warehouse sends in a day."""

    warehouse_id: WarehouseId
    units: Annotated[int, Meta(ge=1, le=10_000_000)]


class UnitPolicy(Struct, frozen=True, kw_only=True):
    """How a company's paid orders become units.

    `merge_minutes`: units wait so long for others of the same buyer and receiver, and are merged with them; 0: never.
    A unit has at most `pieces_max` pieces, weighs at most `weight_max_g` grams and is worth at most `amount_max_minor`
    minor units, where those are not 0; a table for splitting (`orders.splitting`) says otherwise for some orders.
    `apart`: SKUs that go in units of their own. `by_temperature`: ambient, chilled and frozen goods go in different
    ones. `sourcing`: their pieces are held, before, in the warehouses that are best to send them from, by `weights`;
    `per_day`: how many units a warehouse sends in a day, so that how busy it is can be weighed. `by_age`: so can how
    long pieces have stood in each warehouse.
    """

    merge_minutes: Annotated[int, Meta(ge=0, le=60 * 24 * 7)] = 0
    pieces_max: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    weight_max_g: Annotated[int, Meta(ge=0, le=10**9)] = 0
    amount_max_minor: Annotated[int, Meta(ge=0, le=10**15)] = 0
    by_temperature: bool = False
    apart: Annotated[tuple[SkuId, ...], Meta(max_length=1000)] = ()
    sourcing: bool = False
    weights: Weights = Weights()
    per_day: Annotated[tuple[PerDay, ...], Meta(max_length=1000)] = ()
    by_age: bool = False


class SetUnitPolicy(Struct, frozen=True, kw_only=True):
    """Choose how a company's orders become units, from now on. 拆合单设置。"""

    company_id: CompanyId
    policy: UnitPolicy


# --- events --------------------------------------------------------------------------------------------------------


@event("orders.sourced.v1", key="order_id")
class OrderSourced(Struct, frozen=True, kw_only=True):
    """From which warehouses an order's pieces are sent, and what for: `table` (a preference) or `score` (the lowest).

    `moved`: they were held elsewhere before. `kept`: what was chosen had gone meanwhile, and they stay where they were.
    The scores are those of `orders.sourcing`: chosen, next best (if any), nearest; 0 where a table chose.
    """

    order_id: OrderId
    number: str
    why: str
    warehouses: tuple[WarehouseId, ...]
    moved: bool
    kept: bool
    score: int = 0
    next_best: int | None = None
    nearest: int = 0


@event("orders.waits_there.v1", key="order_id")
class OrderWaitsThere(Struct, frozen=True, kw_only=True):
    """A table lets an order leave from this warehouse only, which has not got all of it: it waits for pieces there."""

    order_id: OrderId
    number: str
    warehouse_id: WarehouseId


@event("orders.unit_made.v1", key="unit_id")
class UnitMade(Struct, frozen=True, kw_only=True):
    """A unit was made of orders' pieces, or of others: `why` is made, split, merged or restored."""

    unit_id: UnitId
    number: str
    warehouse_id: WarehouseId
    orders: tuple[OrderId, ...]
    why: str
    of: tuple[UnitId, ...] = ()


@event("orders.unit_changed.v1", key="unit_id")
class UnitChanged(Struct, frozen=True, kw_only=True):
    """What is in a live unit, or where it leaves from, has changed; whoever picks it must look again."""

    unit_id: UnitId
    number: str
    why: str
    revision: int


@event("orders.unit_released.v1", key="unit_id")
class UnitReleased(Struct, frozen=True, kw_only=True):
    """The warehouse may pick it."""

    unit_id: UnitId
    number: str
    warehouse_id: WarehouseId


@event("orders.unit_recalled.v1", key="unit_id")
class UnitRecalled(Struct, frozen=True, kw_only=True):
    """The warehouse must stop: an order in it is held back, or somebody took it back."""

    unit_id: UnitId
    number: str
    why: str


@event("orders.unit_ended.v1", key="unit_id")
class UnitEnded(Struct, frozen=True, kw_only=True):
    """A unit is over: shipped, canceled, or merged into another."""

    unit_id: UnitId
    number: str
    state: str
    merged_into: UnitId | None = None


# --- errors --------------------------------------------------------------------------------------------------------


class UnitNotFound(NotFound):
    """There is no fulfilment unit {unit_id}, or you may not see it."""

    zh = "没有发货单 {unit_id}，或你无权查看。"


UNIT_ZH: Final = {
    "open": "待释放",
    "released": "已释放",
    "shipped": "已发货",
    "canceled": "已取消",
    "merged": "已合并",
}
UNIT_BECOMES_ZH: Final = {
    "merged": "合并",
    "unmerged": "撤销合并",
    "split": "拆分",
    "moved": "换仓",
    "released": "释放",
    "recalled": "撤回",
    "shipped": "发货",
}
DIFFERENCE_ZH: Final = {
    "shop": "店铺",
    "company": "公司",
    "warehouse": "仓库",
    "customer": "买家",
    "account": "渠道账号",
    "receiver": "收件人",
}


class UnitStateForbids(Conflict):
    """Unit {number} is {state}; it cannot be {wanted}. Reload it."""

    zh = "发货单 {number} {state}，不能{wanted}。请刷新。"
    zh_words = words(state=UNIT_ZH, wanted=UNIT_BECOMES_ZH)


class UnitsDiffer(Conflict):
    """Units {first} and {second} can't leave together: {what} differs. Merge those that are alike only."""

    zh = "发货单 {first} 与 {second} 不能合并：{what}不同。只能合并同渠道账号、同买家、同收件人、同仓的发货单。"
    zh_words = words(what=DIFFERENCE_ZH)


class SameUnit(Invalid):
    """Unit {unit_id} is named twice; name each once."""

    zh = "发货单 {unit_id} 重复出现，请只写一次。"


class NotInUnit(Conflict):
    """Unit {number} has {has} of line {line}, not {qty}."""

    zh = "发货单 {number} 第 {line} 行有 {has} 件，不足 {qty} 件。"


class NothingLeftInUnit(Conflict):
    """Nothing would be left in unit {number}; it is a unit of its own already."""

    zh = "发货单 {number} 拆出后将没有剩余，它已经是单独的发货单。"


class NotMerged(Conflict):
    """Unit {number} was not merged from others, so there is nothing to undo."""

    zh = "发货单 {number} 不是合单，无需撤销。"


class MergeChanged(Conflict):
    """What is in unit {number} is not what was merged: split it instead."""

    zh = "发货单 {number} 合并后内容已变更，请改用拆单。"


class UnitHeldBack(Conflict):
    """Order {number} in this unit is held back; release the unit when that is over."""

    zh = "该发货单中的订单 {number} 暂缓发货，请待原因解除后再释放。"
