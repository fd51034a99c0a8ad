"""The SQL of promotions, their versions, and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.pricing.contract.lifecycle import PromotionHead, PromotionStatus, PromotionVersion
from shangmai.modules.pricing.contract.promotion import Layer, Promotion, PromotionId

HEAD: Final = (
    "id, code, name, name_en, layer, kind, needs_coupon, shop_ids, status, latest, published, valid_from, valid_to,"
    " created_at"
)
STATUSES: Final = {status.value: status for status in PromotionStatus}
LAYERS: Final = {layer.value: layer for layer in Layer}
REMEMBERED_MAX: Final = 20_000
_promotion = msgspec.json.Decoder(Promotion).decode


def kind_of(promotion: Promotion) -> str:
    """The tag of the promotion's benefit."""
    tag = type(promotion.benefit).__struct_config__.tag
    assert isinstance(tag, str)
    return tag


async def insert(tx: Tx, promotion: Promotion, note: str) -> PromotionHead | None:
    """The new promotion with its first version; None when its code is taken."""
    row = await tx.fetchrow(
        "INSERT INTO promotions (id, code, name, name_en, layer, kind, needs_coupon, shop_ids, status, latest,"
        " created_at, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::uuid[], 'draft', 1, $9, $10)"
        " ON CONFLICT (code) DO NOTHING RETURNING " + HEAD,
        promotion.id,
        promotion.code,
        promotion.name,
        promotion.name_en,
        promotion.layer.value,
        kind_of(promotion),
        promotion.needs_coupon,
        list(promotion.scope.shops),
        tx.now,
        tx.cause,
    )
    if row is None:
        return None
    await _insert_version(tx, promotion, note)
    return _head(row)


async def add_version(tx: Tx, promotion: Promotion, note: str) -> PromotionHead:
    """Write the next version; lists show a promotion by it, what is in force stays."""
    await _insert_version(tx, promotion, note)
    row = await tx.fetchrow(
        "UPDATE promotions SET latest = $2, name = $3, name_en = $4, layer = $5, kind = $6, needs_coupon = $7,"
        " shop_ids = $8::uuid[] WHERE id = $1 RETURNING " + HEAD,
        promotion.id,
        promotion.version,
        promotion.name,
        promotion.name_en,
        promotion.layer.value,
        kind_of(promotion),
        promotion.needs_coupon,
        list(promotion.scope.shops),
    )
    assert row is not None
    return _head(row)


async def _insert_version(tx: Tx, promotion: Promotion, note: str) -> None:
    await tx.execute(
        "INSERT INTO promotion_versions (promotion_id, version, body, note, made_at, made_by)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        promotion.id,
        promotion.version,
        promotion,
        note,
        tx.now,
        tx.cause,
    )


async def lock(tx: Tx, id_: PromotionId) -> PromotionHead | None:
    row = await tx.fetchrow("SELECT " + HEAD + " FROM promotions WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else _head(row)


async def find(tx: Tx, id_: PromotionId) -> PromotionHead | None:
    row = await tx.fetchrow("SELECT " + HEAD + " FROM promotions WHERE id = $1", id_)
    return None if row is None else _head(row)


async def change(
    tx: Tx, id_: PromotionId, status: PromotionStatus, version: int, period: tuple[datetime, datetime | None]
) -> PromotionHead:
    """Give a promotion its status and the version in force, and note the change."""
    await tx.execute(
        "INSERT INTO promotion_changes (promotion_id, status, version, at, cause) VALUES ($1, $2, $3, $4, $5)",
        id_,
        status.value,
        version,
        tx.now,
        tx.cause,
    )
    row = await tx.fetchrow(
        "UPDATE promotions SET status = $2, published = $3, valid_from = $4, valid_to = $5 WHERE id = $1 RETURNING "
        + HEAD,
        id_,
        status.value,
        version,
        *period,
    )
    assert row is not None
    return _head(row)


async def version_of(tx: Tx, id_: PromotionId, version: int) -> Promotion | None:
    body = await tx.fetchval(
        "SELECT body::text FROM promotion_versions WHERE promotion_id = $1 AND version = $2", id_, version
    )
    return None if body is None else _promotion(body)


async def versions(tx: Tx, wanted: Collection[tuple[PromotionId, int]]) -> dict[tuple[PromotionId, int], Promotion]:
    """These versions; none is ever changed, so they are remembered."""
    known: dict[tuple[PromotionId, int], Promotion] = tx.memory.setdefault(("pricing", "versions"), {})
    missing = [key for key in wanted if key not in known]
    fresh = await _read_versions(tx, missing) if missing else {}
    found = {key: known[key] if key in known else fresh[key] for key in wanted}
    if len(known) > REMEMBERED_MAX:
        known.clear()
    known.update(fresh)
    return found


async def _read_versions(
    tx: Tx, wanted: Collection[tuple[PromotionId, int]]
) -> dict[tuple[PromotionId, int], Promotion]:
    rows = await tx.fetch(
        "SELECT v.body::text AS body FROM promotion_versions v JOIN unnest($1::uuid[], $2::integer[])"
        " AS w (promotion_id, version) USING (promotion_id, version)",
        [id_ for id_, _ in wanted],
        [version for _, version in wanted],
    )
    read = (_promotion(row["body"]) for row in rows)
    return {(each.id, each.version): each for each in read}


async def published_before(tx: Tx, id_: PromotionId, version: int) -> int | None:
    """The version that was put in force last before this one was."""
    found: int | None = await tx.fetchval(
        "SELECT version FROM promotion_changes WHERE promotion_id = $1 AND status = 'published' AND version <> $2"
        " AND seq < (SELECT max(seq) FROM promotion_changes WHERE promotion_id = $1 AND status = 'published'"
        " AND version = $2) ORDER BY seq DESC LIMIT 1",
        id_,
        version,
    )
    return found


async def versions_of(tx: Tx, id_: PromotionId) -> tuple[PromotionVersion, ...]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT v.body::text AS body, v.note, v.made_at, array(SELECT c.at FROM promotion_changes c WHERE"
        " c.promotion_id = v.promotion_id AND c.version = v.version AND c.status = 'published' ORDER BY c.seq)"
        " AS published_at FROM promotion_versions v WHERE v.promotion_id = $1 ORDER BY v.version DESC",
        id_,
    )
    return tuple(
        PromotionVersion(
            promotion=_promotion(row["body"]),
            note=row["note"],
            made_at=row["made_at"],
            published_at=tuple(row["published_at"]),
        )
        for row in rows
    )


async def page(
    tx: Tx,
    *,
    status: PromotionStatus | None,
    layer: Layer | None,
    active_at: datetime | None,
    q: str,
    after: str,
    limit: int,
) -> list[PromotionHead]:
    """By code; `active_at`: published, and within their period then."""
    rows = await tx.fetch(
        "SELECT " + HEAD + " FROM promotions WHERE code > $1 AND ($2::text IS NULL OR status = $2)"
        " AND ($3::text IS NULL OR layer = $3) AND ($4::timestamptz IS NULL OR (status = 'published'"
        " AND valid_from <= $4 AND (valid_to IS NULL OR valid_to > $4)))"
        " AND ($5 = '' OR position(lower($5) IN lower(code)) > 0 OR position($5 IN name) > 0) ORDER BY code LIMIT $6",
        after,
        None if status is None else status.value,
        None if layer is None else layer.value,
        active_at,
        q,
        limit,
    )
    return [_head(row) for row in rows]


async def in_force(tx: Tx, since: datetime) -> list[Promotion]:
    """The published versions whose period has not ended by then; only those not read before are read."""
    rows = await tx.fetch(
        "SELECT id, published FROM promotions WHERE status = 'published' AND (valid_to IS NULL OR valid_to > $1)"
        " ORDER BY id",
        since,
    )
    return list((await versions(tx, [(row["id"], row["published"]) for row in rows])).values())


def _head(row: Record) -> PromotionHead:
    fields = dict(row)
    return PromotionHead(
        **{
            **fields,
            "status": STATUSES[row["status"]],
            "layer": LAYERS[row["layer"]],
            "shop_ids": tuple(row["shop_ids"]),
        }
    )
