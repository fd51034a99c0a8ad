"""Carriers' bills, and what is wrong with them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid
from shangmai.kernel.events.contract import event
from shangmai.modules.logistics.contract.carriers import CarrierCode, Waybill
from shangmai.modules.logistics.contract.parcels import ParcelId
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId

BillLineId = NewType("BillLineId", UUID)
BillCode = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S", description="As on the bill. 账单号。")]


class BillReason(StrEnum):
    """Why a line of a carrier's bill is more than it should be, or can't be checked."""

    UNKNOWN = "unknown"
    CANCELED = "canceled"
    DUPLICATE = "duplicate"
    WEIGHT = "weight"
    ZONE = "zone"
    PRICE = "price"
    NO_WEIGHT = "no_weight"
    NO_CARD = "no_card"


REASONS: Final[dict[BillReason, tuple[str, str]]] = {
    BillReason.UNKNOWN: ("本公司没有此运单", "no parcel of the company"),
    BillReason.CANCELED: ("运单已取消", "the parcel was canceled"),
    BillReason.DUPLICATE: ("重复计费", "billed before"),
    BillReason.WEIGHT: ("计费重量偏高", "billed for more weight"),
    BillReason.ZONE: ("计费区域不符", "billed for another zone"),
    BillReason.PRICE: ("单价与价卡不符", "not as the price card says"),
    BillReason.NO_WEIGHT: ("未登记重量，无法核对重量", "its weight was never noted"),
    BillReason.NO_CARD: ("没有适用的价卡", "no price card fits"),
}
assert REASONS.keys() == set(BillReason), "a new reason must say what it is"


class RecordBillLine(Struct, frozen=True, kw_only=True):
    """A line of a carrier's bill, to be checked; each line of a file is one. 登记快递账单明细。

    `amount` in major units of the company's currency, `weight_kg` as billed. `to_region`: the destination as billed,
    where the bill tells it. An amount below nothing is given back. `line`: tells lines of one number in one bill apart.
    """

    company_id: CompanyId
    carrier: CarrierCode
    bill: BillCode
    waybill: Waybill
    amount: Decimal
    weight_kg: Decimal | None = None
    to_region: RegionCode | None = None
    line: Annotated[str, Meta(max_length=32)] = ""


class BillLine(Struct, frozen=True, kw_only=True):
    """A line as it was checked. `expected_minor`: by the price card, our weight and where the parcel went; None where

    that can't be known. `difference_minor`: billed minus expected, all of it where nothing is owed.
    """

    id: BillLineId
    company_id: CompanyId
    carrier: str
    bill: str
    waybill: str
    line: str
    parcel_id: ParcelId | None
    billed_minor: int
    billed_g: int | None
    expected_minor: int | None
    expected_g: int | None
    difference_minor: int
    reasons: tuple[BillReason, ...]
    checked_at: datetime


class BillSum(Struct, frozen=True, kw_only=True):
    """A bill in sum, minor units of the company's currency."""

    company_id: CompanyId
    carrier: str
    bill: str
    lines: int
    wrong: int
    billed_minor: int
    expected_minor: int
    difference_minor: int
    checked_at: datetime


@event("logistics.bill_line_checked.v1", key="company_id")
class BillLineChecked(Struct, frozen=True, kw_only=True):
    """A line of a carrier's bill was checked, and is not as it should be."""

    company_id: CompanyId
    carrier: str
    bill: str
    waybill: str
    difference_minor: int
    reasons: tuple[BillReason, ...]


class WeightNotUsable(Invalid):
    """A weight of {weight_kg} kg can't be: it is below nothing, above a thousand, or has parts of a gram."""

    zh = "重量 {weight_kg} 千克不可用：不能为负、超过一千千克，也不能有不足一克的部分。"
