"""The SQL of levels by rule: what members spent, the rules of shops, and whom to review when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.members.contract.leveling import LevelRule
from shangmai.modules.members.contract.points import PointsBase
from shangmai.modules.organization.contract import ShopId


class Spent(Struct, frozen=True):
    """What a member spent since a moment, and when the first of it was."""

    minor: int
    first_at: datetime | None


async def rules_of(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, tuple[LevelRule, datetime]]:
    """The rules of these shops with the time they were set; those without one are left out."""
    rows = await tx.fetch("SELECT shop_id, rule, since FROM level_rules WHERE shop_id = ANY ($1::uuid[])", list(shops))
    return {row["shop_id"]: (msgspec.convert(row["rule"], LevelRule), row["since"]) for row in rows}


async def set_rule(tx: Tx, shop_id: ShopId, rule: LevelRule) -> None:
    await tx.execute(
        "INSERT INTO level_rules (shop_id, rule, since, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (shop_id) DO UPDATE SET rule = excluded.rule, since = excluded.since, cause = excluded.cause",
        shop_id,
        msgspec.to_builtins(rule),
        tx.now,
        tx.cause,
    )


async def review_all(tx: Tx, shop_id: ShopId) -> None:
    """Let every member of a shop be reviewed who has spent anything, or has a level."""
    await tx.execute(
        "INSERT INTO level_reviews AS r (customer_id, shop_id, due_at)"
        " SELECT customer_id, shop_id, $2 FROM (SELECT customer_id, shop_id FROM customer_spendings WHERE shop_id = $1"
        " UNION SELECT customer_id, shop_id FROM customer_levels WHERE shop_id = $1) m ORDER BY customer_id"
        " ON CONFLICT (customer_id) DO UPDATE SET due_at = excluded.due_at",
        shop_id,
        tx.now,
    )


async def note(tx: Tx, spent: Sequence[tuple[ShopId, PointsBase]]) -> None:
    """Write what documents come to now; each counts from when it was first noted."""
    await tx.execute(
        "INSERT INTO customer_spendings (doc, shop_id, customer_id, spent_minor, at, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::uuid[])"
        " ON CONFLICT (doc) DO UPDATE SET spent_minor = excluded.spent_minor",
        [each.doc for _, each in spent],
        [shop_id for shop_id, _ in spent],
        [each.customer_id for _, each in spent],
        [each.paid_minor for _, each in spent],
        [each.item.now for _, each in spent],
        [each.item.cause for _, each in spent],
    )


async def spent_since(tx: Tx, since: Mapping[CustomerId, datetime]) -> dict[CustomerId, Spent]:
    """What each of these members spent after a moment of their own."""
    rows = await tx.fetch(
        "SELECT w.id, coalesce(sum(s.spent_minor), 0)::bigint AS minor, min(s.at) AS first_at"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS w (id, since)"
        " LEFT JOIN customer_spendings s ON s.customer_id = w.id AND s.at > w.since AND s.spent_minor > 0"
        " GROUP BY w.id",
        list(since),
        list(since.values()),
    )
    return {row["id"]: Spent(row["minor"], row["first_at"]) for row in rows}


async def due(tx: Tx, limit: int) -> list[CustomerId]:
    """The members whose review is due, those that were due first in front."""
    rows = await tx.fetch(
        "SELECT customer_id FROM level_reviews WHERE due_at <= $1 ORDER BY due_at, customer_id LIMIT $2", tx.now, limit
    )
    return [row["customer_id"] for row in rows]


async def plan(tx: Tx, reviews: Mapping[CustomerId, tuple[ShopId, datetime | None]]) -> None:
    """Say when these members are reviewed next, or that they need not be."""
    planned = [(id_, shop_id, at) for id_, (shop_id, at) in sorted(reviews.items()) if at is not None]
    args: list[list[Any]] = [list(column) for column in zip(*planned, strict=True)] or [[], [], []]
    await tx.execute(
        "WITH gone AS (DELETE FROM level_reviews WHERE customer_id = ANY ($4::uuid[]))"
        " INSERT INTO level_reviews (customer_id, shop_id, due_at)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])"
        " ON CONFLICT (customer_id) DO UPDATE SET due_at = excluded.due_at",
        *args,
        [id_ for id_, (_, at) in reviews.items() if at is None],
    )


def period(rule: LevelRule) -> timedelta:
    return timedelta(days=rule.days)
