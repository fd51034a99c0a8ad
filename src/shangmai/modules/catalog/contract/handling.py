"""How a SKU is stored and packed: what warehouses and parcels ask of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract.nouns import SkuId

Millimetres = Annotated[int, Meta(ge=0, le=10_000, description="0: not measured yet. 毫米，0 表示未测量。")]


class Temperature(StrEnum):
    """How warm goods may be kept and sent: as it is 常温, chilled 冷藏 (0 to 10 °C), frozen 冷冻 (below -18 °C)."""

    AMBIENT = "ambient"
    CHILLED = "chilled"
    FROZEN = "frozen"


class Handling(Struct, frozen=True, kw_only=True):
    """How a piece is stored and packed. Sides in millimetres, packed as it is sold.

    `upright`: it must not lie on its side. `fragile`: nothing goes on top of it.
    """

    temperature: Temperature = Temperature.AMBIENT
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    upright: bool = False
    fragile: bool = False

    @property
    def volume_mm3(self) -> int:
        """What a piece takes up; 0 where a side is not known."""
        return self.length_mm * self.width_mm * self.height_mm


class SkuHandling(Handling, frozen=True, kw_only=True):
    sku_id: SkuId


class SetHandling(Struct, frozen=True, kw_only=True):
    """Say how a SKU is stored and packed; what is not given stays. 存储与包装。"""

    sku_id: SkuId
    temperature: Temperature | UnsetType = UNSET
    length_mm: Millimetres | UnsetType = UNSET
    width_mm: Millimetres | UnsetType = UNSET
    height_mm: Millimetres | UnsetType = UNSET
    upright: bool | UnsetType = UNSET
    fragile: bool | UnsetType = UNSET


@event("catalog.handling_set.v1", key="sku_id")
class HandlingSet(Struct, frozen=True, kw_only=True):
    """A SKU is stored or packed otherwise from now on."""

    sku_id: SkuId
    temperature: str
