"""What those above look up of promotions, drafts too."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound
from shangmai.modules.pricing.contract.promotion import Promotion, PromotionId
from shangmai.modules.pricing.queries import looking as queries


async def get_promotions(tx: Tx, ids: Collection[PromotionId]) -> dict[PromotionId, Promotion]:
    """Give the latest version of each of these promotions, in one statement. Raises: PromotionNotFound."""
    found = {promotion.id: promotion for promotion in await queries.latest(tx, ids)}
    for id_ in ids:
        if id_ not in found:
            raise PromotionNotFound(promotion_id=id_)
    return found


async def get_published(tx: Tx, ids: Collection[PromotionId]) -> dict[PromotionId, Promotion]:
    """Give the versions in force, whatever their periods, of those of these promotions that are published."""
    return {promotion.id: promotion for promotion in await queries.published(tx, list(ids))}


async def find_promotions(tx: Tx, codes: Collection[str]) -> dict[str, PromotionId]:
    """Give those of these promotions, by code, that exist, in one statement."""
    return await queries.ids_of(tx, codes)


async def published_promotions(tx: Tx) -> list[Promotion]:
    """Give the versions in force, whatever their periods, by code."""
    return await queries.published(tx)
