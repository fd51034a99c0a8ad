"""Regions, and what was read out of an address."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid

RegionCode = Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}$(?!\n)", description="GB/T 2260, as 310115. 行政区划代码。")]


class RegionLevel(StrEnum):
    """Provinces (municipalities, autonomous and special regions too), cities (prefectures), districts (counties)."""

    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"


class Region(Struct, frozen=True, kw_only=True):
    """A region; `parent` is null for a province. `has_children`: there is a level below it to choose from."""

    code: str
    name: str
    level: RegionLevel
    parent: str | None
    has_children: bool


class RegionPath(Struct, frozen=True, kw_only=True):
    """A place from the province down, as far as it is known; `code` is that of the deepest level, with its names."""

    code: str
    province: str
    city: str = ""
    district: str = ""


class AddressText(Struct, frozen=True, kw_only=True):
    """An address as it was pasted: names, phone and place in any order. 粘贴的地址文本。"""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class Parsed(Struct, frozen=True):
    """A part of an address and how sure it is, in per cent: 100 written as such, below 60 better asked; 0 not found."""

    text: str = ""
    sure: int = 0


class ParsedAddress(Struct, frozen=True, kw_only=True):
    """What was read out of a pasted address. `region_code`: of the deepest region found; empty if none was."""

    name: Parsed
    phone: Parsed
    province: Parsed
    city: Parsed
    district: Parsed
    street: Parsed
    region_code: str = ""


class RegionUnknown(Invalid):
    """There is no region called {name} there; choose it from the list (GET /api/v1/regions)."""

    zh = "该处没有名为“{name}”的地区，请从列表中选择（GET /api/v1/regions）。"


class ProvinceParcels(Struct, frozen=True, kw_only=True):
    """How many parcels are booked to a province. `code` is empty where the place is not known. 各省包裹数。"""

    code: str
    name: str
    parcels: int


class PeriodTooLong(Invalid):
    """Parcels are counted over the last {days} days at most; give a later `since` that is not to come."""

    zh = "包裹数最多统计最近 {days} 天；since 应更晚且不晚于现在。"
