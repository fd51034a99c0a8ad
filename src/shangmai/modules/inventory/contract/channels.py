"""How many pieces of a SKU each shop may show and sell: rules, locks, and the number with its formula."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.books.contract import Most
from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import Qty, Text, WarehouseId
from shangmai.modules.organization.contract import ShopId

ChannelLockId = NewType("ChannelLockId", UUID)
EVERY_SKU = SkuId(UUID(int=0))
"""In the place of a SKU: the shop's rule for all SKUs that have none of their own."""

Pieces = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class ShareMode(StrEnum):
    """What a shop may show of the pieces that nobody has for himself.

    `shared`: all of them. `percent`: so many per cent of them, rounded down. `fixed`: so many at most. `exclusive`:
    none of them, but so many that are kept for the shop and that no other shop sees.
    """

    SHARED = "shared"
    PERCENT = "percent"
    FIXED = "fixed"
    EXCLUSIVE = "exclusive"


class SetChannelShare(Struct, frozen=True, kw_only=True):
    """Say how many pieces of a SKU a shop may show and sell; without a SKU, of all that have no rule of their own.

    `amount`: per cent (0 to 100) or pieces, as the mode says; it says nothing of a shared one. `buffer`: pieces that
    are kept back from the shop.
    """

    shop_id: ShopId
    sku_id: SkuId | None = None
    mode: ShareMode
    amount: Pieces = 0
    buffer: Pieces = 0


class ChannelShare(Struct, frozen=True, kw_only=True):
    """A shop's rule as it stands now."""

    shop_id: ShopId
    sku_id: SkuId | None
    mode: ShareMode
    amount: int
    buffer: int


class LockChannelStock(Struct, frozen=True, kw_only=True):
    """Keep pieces of a SKU for one shop until a time; no other shop sees them."""

    shop_id: ShopId
    sku_id: SkuId
    qty: Qty
    until: datetime
    reason: Text


class UnlockChannelStock(Struct, frozen=True, kw_only=True):
    """Let all shops have pieces again that are locked for one."""

    lock_id: ChannelLockId


class ChannelLock(Struct, frozen=True, kw_only=True):
    """Pieces kept for a shop until `until`, or until it was ended by hand before."""

    id: ChannelLockId
    shop_id: ShopId
    sku_id: SkuId
    qty: int
    until: datetime
    reason: str
    ended_at: datetime | None = None


class ShopShare(Struct, frozen=True, kw_only=True):
    """What a shop may have of a SKU in a warehouse that shops divide: `most(unlocked, locked)` pieces.

    `unlocked`: pieces that are locked for nobody. `locked`: those locked for this shop. `there`: all that some shop
    may have; `others`: of these, what other shops alone may, by their locks and exclusive pools.
    """

    unlocked: int
    locked: int
    others: int
    there: int
    most: Most

    @property
    def qty(self) -> int:
        """The pieces that the shop may have now."""
        return self.most(self.unlocked, self.locked)


class FormulaStep(Struct, frozen=True, kw_only=True):
    """One term of the formula: `amount` was added (below zero: taken off), `total` is what there was then."""

    key: str
    amount: int
    total: int
    zh: str
    en: str


class ChannelStock(Struct, frozen=True, kw_only=True):
    """How many pieces a shop may show and sell, and how that comes about; the last step's total is `qty`.

    `warehouse_ids`: where the shop sells from.
    """

    shop_id: ShopId
    sku_id: SkuId
    warehouse_ids: list[WarehouseId]
    mode: ShareMode
    amount: int
    buffer: int
    qty: int
    steps: list[FormulaStep]
    zh: str
    en: str


class ChannelChange(Struct, frozen=True, kw_only=True):
    """A shop's number of a SKU as a channel is to be told; `version` counts the changes of this number from 1."""

    shop_id: ShopId
    sku_id: SkuId
    qty: int
    version: int
    changed_at: datetime


class Recount(Struct, frozen=True, kw_only=True):
    """Count the numbers of the SKUs behind `after` anew, or of these alone."""

    after: SkuId | None = None
    only: SkuId | None = None


@event("inventory.channel_share_set.v1", key="shop_id")
class ChannelShareSet(Struct, frozen=True, kw_only=True):
    """Without a SKU, the rule is the shop's for all SKUs that have none of their own."""

    shop_id: ShopId
    sku_id: SkuId | None
    mode: ShareMode
    amount: int
    buffer: int


@event("inventory.channel_stock_locked.v1", key="lock_id")
class ChannelStockLocked(Struct, frozen=True, kw_only=True):
    lock_id: ChannelLockId
    shop_id: ShopId
    sku_id: SkuId
    qty: int
    until: datetime


@event("inventory.channel_stock_unlocked.v1", key="lock_id")
class ChannelStockUnlocked(Struct, frozen=True, kw_only=True):
    """All shops may have the pieces again before the lock's time was over."""

    lock_id: ChannelLockId
    shop_id: ShopId
    sku_id: SkuId
    qty: int


@event("inventory.holds_moved.v1", key="doc")
class HoldsMoved(Struct, frozen=True, kw_only=True):
    """Pieces of a document are held in other warehouses from now on."""

    doc: UUID


class ShareTooLarge(Invalid):
    """A share of {amount} per cent is more than all there is. Give 0 to 100."""

    zh = "比例 {amount}% 超过全部。请填 0 到 100。"


class LockWouldBeOver(Invalid):
    """A lock until {until} would be over already. Give a time to come."""

    zh = "锁定截止时间 {until} 已过。请填将来的时间。"


class NotEnoughToLock(Conflict):
    """Only {free} pieces are free to be locked, {wanted} are wanted. Lock fewer, or end another lock first."""

    zh = "可锁定的只有 {free} 件，不足 {wanted} 件。请减少数量，或先解除其他锁定。"


class ChannelLockNotFound(NotFound):
    """There is no lock {lock_id}, or you may not see it. GET /api/v1/inventory/channel-locks lists those of a shop."""

    zh = "没有渠道锁定 {lock_id}，或你无权查看。GET /api/v1/inventory/channel-locks 可列出店铺的锁定。"
