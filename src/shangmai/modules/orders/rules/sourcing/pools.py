"""Stock that shops divide between them, while orders of several shops are planned.

A shop's orders take what they hold already, then what is locked for the shop, then what is left for it by its rule. So
no plan touches what another shop has for itself, and what one shop takes of the rest is gone for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from shangmai.kernel.books.contract import Most
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.inventory.contract.channels import ShopShare
from shangmai.modules.orders.contract.sourcing import Withheld
from shangmai.modules.organization.contract import ShopId


class Slice(Struct, frozen=True, kw_only=True):
    """What one shop may have: `most(unlocked, locked)` pieces, and `held`, which its orders hold already."""

    most: Most
    locked: int = 0
    held: int = 0


class Pool(Struct, frozen=True, kw_only=True):
    """The pieces of a SKU in a warehouse that are locked for nobody, and what each shop may have of them."""

    unlocked: int
    slices: Mapping[ShopId, Slice]


Pools: TypeAlias = Mapping[tuple[WarehouseId, SkuId], Pool]


def withheld(sku_id: SkuId, warehouse_id: WarehouseId, share: ShopShare) -> Withheld | None:
    """What a shop may not have of what stands there, if anything, in words."""
    there, usable, others = share.there, share.qty, share.others
    if usable >= there:
        return None
    return Withheld(
        sku_id=sku_id,
        warehouse_id=warehouse_id,
        there=there,
        usable=usable,
        others=others,
        zh=f"该仓可售 {there} 件，其他店铺锁定或独占 {others} 件，按渠道规则本店可用 {usable} 件。",
        en=f"{there} pieces there, {others} locked for or exclusive to other shops; its rule gives this shop {usable}.",
    )


def open_to(shops: Mapping[ShopId, object], pieces: int) -> Pool:
    """A pool that nobody has a rule for: whoever comes first takes all of it."""
    return Pool(unlocked=pieces, slices=dict.fromkeys(shops, Slice(most=lambda unlocked, _: unlocked)))


class Dividing:
    """A pool from which orders take."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._taken = dict.fromkeys(pool.slices, 0)

    def take(self, shop_id: ShopId, pieces: int) -> None:
        """Let a shop have these pieces; below zero, give them back."""
        self._taken[shop_id] += pieces

    def left(self, shop_id: ShopId) -> int:
        """The pieces that a shop may have still."""
        mine = self._pool.slices.get(shop_id)
        if mine is None:
            return 0
        taken = self._taken[shop_id]
        locked = max(mine.locked - max(taken - mine.held, 0), 0)
        return max(mine.held - taken, 0) + mine.most(self._unlocked(), locked)

    def _unlocked(self) -> int:
        taken = ((self._taken[shop_id], each) for shop_id, each in self._pool.slices.items())
        return self._pool.unlocked - sum(max(pieces - each.held - each.locked, 0) for pieces, each in taken)
