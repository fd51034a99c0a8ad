"""Lots of goods (批次): when they were made, until when they keep, whether they may be sold, and who got them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.tx import Item
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import CompanyId

LotCode = Annotated[str, Meta(max_length=64, pattern=r"^\S*$(?!\n)", description="Empty: none is kept. 批次号。")]
NamedLot = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^\S+$(?!\n)", description="批次号。")]
Days = Annotated[int, Meta(ge=0, le=36_500)]


class LotState(StrEnum):
    """Whether a lot may be picked. A recalled one is called back from those who have got it, too."""

    OK = "ok"
    BLOCKED = "blocked"
    RECALLED = "recalled"


class Lot(Struct, frozen=True, kw_only=True):
    """A lot of a SKU. It keeps through the day `expires_on`; None where that is not known. `reason`: of its state."""

    company_id: CompanyId
    sku_id: SkuId
    lot: str
    made_on: date | None
    expires_on: date | None
    state: LotState
    reason: str


class LotRule(Struct, frozen=True, kw_only=True):
    """How lots of a SKU are handled.

    `required`: none of it is received without its lot. `keep_days`: how long it keeps from the day it was made, 0 where
    that is not said. `sell_days_min`: a lot is not picked any more when fewer days than that are left (临期禁售).
    `serials`: each piece has a number of its own, and is neither received by a notice nor packed without (一物一码).
    """

    required: bool = False
    keep_days: Days = 0
    sell_days_min: Days = 0
    serials: bool = False

    def expiry(self, made_on: date | None) -> date | None:
        """The last day on which goods made then keep."""
        return made_on + timedelta(days=self.keep_days) if made_on is not None and self.keep_days else None

    def last_sale(self, expires_on: date | None) -> date | None:
        """The last day on which a lot that keeps so long is picked; None: always."""
        return None if expires_on is None else expires_on - timedelta(days=self.sell_days_min)


class SetLotRule(Struct, frozen=True, kw_only=True):
    """Choose how a company's lots of a SKU are handled, from now on. 批次与效期规则。"""

    company_id: CompanyId
    sku_id: SkuId
    rule: LotRule


class SaveLot(Struct, frozen=True, kw_only=True):
    """Write down a lot, or correct its days; its rule gives `expires_on` where that is not given. 批次登记。"""

    company_id: CompanyId
    sku_id: SkuId
    lot: NamedLot
    made_on: date | None = None
    expires_on: date | None = None


class SetLotState(Struct, frozen=True, kw_only=True):
    """Block a lot, recall it, or let it be sold again. 批次冻结、召回、解除。"""

    company_id: CompanyId
    sku_id: SkuId
    lot: NamedLot
    state: LotState
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class PickedLot(Struct, frozen=True, kw_only=True):
    """Pieces of a lot that were picked for an order's line in a document (a unit); below zero, taken back from it."""

    warehouse_id: WarehouseId
    sku_id: SkuId
    lot: str
    doc: UUID
    order_id: UUID
    line: int
    qty: int
    item: Item


class LotReceiver(Struct, frozen=True, kw_only=True):
    """Pieces of a lot that an order's line got, when they were picked first, and in which documents."""

    order_id: UUID
    line: int
    qty: int
    picked_at: datetime
    docs: list[UUID]


# --- events --------------------------------------------------------------------------------------------------------


@event("warehouse.lot_saved.v1", key="sku_id")
class LotSaved(Struct, frozen=True, kw_only=True):
    """A lot was written down, or its days corrected."""

    company_id: CompanyId
    sku_id: SkuId
    lot: str
    expires_on: date | None


@event("warehouse.lot_state_set.v1", key="sku_id")
class LotStateSet(Struct, frozen=True, kw_only=True):
    """A lot may be sold, is blocked or recalled from now on."""

    company_id: CompanyId
    sku_id: SkuId
    lot: str
    state: LotState
    reason: str


@event("warehouse.lot_rule_set.v1", key="sku_id")
class LotRuleSet(Struct, frozen=True, kw_only=True):
    """Lots of a SKU are handled so from now on."""

    company_id: CompanyId
    sku_id: SkuId
    rule: LotRule


# --- errors --------------------------------------------------------------------------------------------------------


class LotNotFound(NotFound):
    """There is no lot {lot} of {sku_id}. Correct its number, or write it down with warehouse.save_lot."""

    zh = "商品 {sku_id} 没有批次 {lot}。请更正批号，或先用 warehouse.save_lot 登记。"


class LotNeeded(Conflict):
    """Of {sku_id} nothing is received without its lot. Read it from the package, or change the rule for its lots."""

    zh = "商品 {sku_id} 入库必须填写批次。请按包装填写，或修改其批次规则。"


class LotDiffers(Conflict):
    """Lot {lot} of {sku_id} was said to keep until {expires_on}. Read the package again, or use warehouse.save_lot."""

    zh = "商品 {sku_id} 批次 {lot} 已登记有效期至 {expires_on}。请核对包装，或用 warehouse.save_lot 更正。"


class LotDaysWrong(Conflict):
    """Lot {lot} cannot expire before it was made. Correct the days."""

    zh = "批次 {lot} 的有效期早于生产日期，请更正。"
