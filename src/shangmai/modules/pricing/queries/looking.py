"""The SQL of those who look at promotions without wanting to change them."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from shangmai.kernel.tx import Tx
from shangmai.modules.pricing.contract.promotion import Promotion, PromotionId


async def latest(tx: Tx, ids: Collection[PromotionId]) -> list[Promotion]:
    """The latest version of each of these promotions, drafts too."""
    rows = await tx.fetch(
        "SELECT v.body::text AS body FROM promotions p JOIN promotion_versions v"
        " ON v.promotion_id = p.id AND v.version = p.latest WHERE p.id = ANY ($1::uuid[])",
        list(ids),
    )
    return [msgspec.json.decode(row["body"], type=Promotion) for row in rows]


async def published(tx: Tx, ids: Collection[PromotionId] | None = None) -> list[Promotion]:
    """The versions in force, of all promotions or of these, whatever their periods, by code."""
    rows = await tx.fetch(
        "SELECT v.body::text AS body FROM promotions p JOIN promotion_versions v"
        " ON v.promotion_id = p.id AND v.version = p.published WHERE p.status = 'published'"
        " AND ($1::uuid[] IS NULL OR p.id = ANY ($1::uuid[])) ORDER BY p.code",
        None if ids is None else list(ids),
    )
    return [msgspec.json.decode(row["body"], type=Promotion) for row in rows]


async def ids_of(tx: Tx, codes: Collection[str]) -> dict[str, PromotionId]:
    rows = await tx.fetch("SELECT code, id FROM promotions WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: row["id"] for row in rows}
