"""What the jobs of the window are asked to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import BrandId, CategoryId, ProductId
from shangmai.modules.organization.contract import ShopId

EARLY: Final = timedelta(seconds=1.5)


class Fill(Struct, frozen=True, kw_only=True):
    """Make a mall's window anew from behind `after` on."""

    shop_id: ShopId
    after: ProductId | None = None


class Look(Struct, frozen=True, kw_only=True):
    """Look again at the products behind `after`: of a brand, category or attribute, with texts in the name; or all."""

    brand_id: BrandId | None = None
    category_id: CategoryId | None = None
    attribute: str | None = None
    named: tuple[str, ...] = ()
    after: ProductId | None = None


class Turn(Struct, frozen=True, kw_only=True):
    """Something begins or ends at this moment."""

    at: datetime


async def await_turn(tx: Tx, at: datetime | None) -> None:
    """Ask for a job at this moment, once for each; early, for the job waits and the queue looks each second."""
    if at is not None:
        key = f"storefront.turn/{at.isoformat()}"
        await enqueue(tx, "storefront.turn", Turn(at=at), dedupe_key=key, run_at=at - EARLY)
