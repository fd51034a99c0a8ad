"""Floor prices 底价: what no promotion takes a piece below, for a SKU, or for whoever buys by a price list's entry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid
from shangmai.kernel.events.contract import event
from shangmai.kernel.money import MINOR_MAX, Currency
from shangmai.modules.catalog.contract import SkuId

FloorMinor = Annotated[int, Meta(ge=1, le=MINOR_MAX)]


class FloorBy(StrEnum):
    """What set a line's floor: the SKU, the price list entry that it is bought by, or what its pieces cost."""

    SKU = "sku"
    LIST = "list"
    COST = "cost"


class SetFloor(Struct, frozen=True, kw_only=True):
    """Set what no promotion takes a piece of a SKU below, in minor units of a currency; without it, there is none.

    It counts for orders in that currency.
    """

    sku_id: SkuId
    currency: Currency
    floor_minor: FloorMinor | None = None


class FloorSet(Struct, frozen=True, kw_only=True):
    """`changed` is false when it was set like that already."""

    sku_id: SkuId
    currency: str
    floor_minor: int | None
    old_minor: int | None
    changed: bool


class Floor(Struct, frozen=True, kw_only=True):
    """A SKU's floor, in minor units for a piece."""

    sku_id: SkuId
    currency: str
    floor_minor: int
    set_at: datetime


@event("pricing.floor_changed.v1", key="sku_id")
class FloorChanged(Struct, frozen=True, kw_only=True):
    """None: there was none, or there is none any more."""

    sku_id: SkuId
    currency: str
    floor_minor: int | None
    old_minor: int | None


class FloorUnfit(Invalid):
    """A floor is of a SKU or product and not above its price; a category has none. Lower it, or name the goods."""

    zh = "底价须针对单品或商品，且不高于其价格；类目不能设底价。请调低底价，或改为指定商品。"
