"""The SQL on points: lots, statements, earnings, adjustments, policies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.members.contract.points import AdjustPoints, PointsPolicy, PointsPolicySet
from shangmai.modules.members.rules.points import Lot
from shangmai.modules.organization.contract import CompanyId, ShopId


class Earning(msgspec.Struct, frozen=True, kw_only=True):
    """What a document has earned: by which step, how many points, into which lot, how many were taken back."""

    doc: UUID
    shop_id: ShopId
    customer_id: CustomerId
    step_points: int
    step_minor: int
    points: int
    back_points: int
    lot: date


async def lots_of(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, list[Lot]]:
    """What is available of each member's lots, also of those whose last day is over."""
    rows = await tx.fetch(
        "SELECT customer_id, lot, posted - held AS available FROM points_accounts WHERE bounded"
        " AND customer_id = ANY ($1::uuid[]) ORDER BY customer_id, lot",
        list(ids),
    )
    lots: dict[CustomerId, list[Lot]] = defaultdict(list)
    for row in rows:
        lots[row["customer_id"]].append(Lot(row["lot"], row["available"]))
    return lots


async def balances(tx: Tx, customer_id: CustomerId) -> list[Record]:
    """A member's lots that hold something: lot, posted, held, in the order of spending."""
    return await tx.fetch(
        "SELECT lot, posted, held FROM points_accounts WHERE bounded AND customer_id = $1 AND posted > 0 ORDER BY lot",
        customer_id,
    )


async def due_members(tx: Tx, before: date, limit: int) -> list[CustomerId]:
    """Members with points in a lot whose last day lies before that day."""
    rows = await tx.fetch(
        "SELECT DISTINCT customer_id FROM points_accounts WHERE bounded AND lot < $1 AND posted > held"
        " ORDER BY customer_id LIMIT $2",
        before,
        limit,
    )
    return [CustomerId(row["customer_id"]) for row in rows]


_USED: Final = """
SELECT t.doc, a.shop_id, a.customer_id, a.lot, sum(t.signed)::bigint AS used FROM (
  SELECT doc, debit_id AS member_id, credit_id AS side_id, amount AS signed FROM points_transfers
  WHERE doc = ANY ($1::uuid[]) AND kind IN ('post', 'settle')
  UNION ALL
  SELECT doc, credit_id, debit_id, -amount FROM points_transfers WHERE doc = ANY ($1::uuid[]) AND kind = 'post'
) AS t JOIN points_accounts a ON a.id = t.member_id AND a.bounded
JOIN points_accounts s ON s.id = t.side_id AND s.kind = 'spent'
GROUP BY 1, 2, 3, 4 HAVING sum(t.signed) > 0 ORDER BY 1, 4 DESC"""

_HELD: Final = """
SELECT h.doc, h.id, h.remaining, a.shop_id, a.customer_id, a.lot FROM points_holds h
JOIN points_accounts a ON a.id = h.debit_id WHERE h.doc = ANY ($1::uuid[]) AND h.remaining > 0
ORDER BY h.doc, a.lot DESC, h.id"""


async def used_by(tx: Tx, docs: Collection[UUID]) -> list[Record]:
    """What documents have spent and not given back, by lot, those that last longest first."""
    return await tx.fetch(_USED, list(docs))


async def held_by(tx: Tx, docs: Collection[UUID]) -> list[Record]:
    """What documents still keep, by lot, those that last longest first."""
    return await tx.fetch(_HELD, list(docs))


_LINES: Final = """
WITH own AS (SELECT id, lot FROM points_accounts WHERE bounded AND customer_id = $1),
moved AS (
  SELECT t.id, t.at, t.amount AS points, own.lot, t.debit_id AS side_id, t.doc, t.cause
  FROM own JOIN points_transfers t ON t.credit_id = own.id WHERE t.kind = 'post' AND t.id < $2
  UNION ALL
  SELECT t.id, t.at, -t.amount, own.lot, t.credit_id, t.doc, t.cause
  FROM own JOIN points_transfers t ON t.debit_id = own.id WHERE t.kind IN ('post', 'settle') AND t.id < $2)
SELECT m.*, s.kind, coalesce(a.reason, '') AS reason FROM moved m JOIN points_accounts s ON s.id = m.side_id
LEFT JOIN points_adjustments a ON a.id = m.doc ORDER BY m.id DESC LIMIT $3"""


async def lines_before(tx: Tx, customer_id: CustomerId, before: int, limit: int) -> list[Record]:
    """A member's points that came and went, the newest first."""
    return await tx.fetch(_LINES, customer_id, before, limit)


async def posted_total(tx: Tx, customer_id: CustomerId) -> int:
    found: int = await tx.fetchval(
        "SELECT coalesce(sum(posted), 0)::bigint FROM points_accounts WHERE bounded AND customer_id = $1", customer_id
    )
    return found


# --- adjustments and earnings --------------------------------------------------------------------------------------


async def insert_adjustment(tx: Tx, id_: UUID, shop_id: ShopId, do: AdjustPoints) -> None:
    await tx.execute(
        "INSERT INTO points_adjustments (id, shop_id, customer_id, points, reason, at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id_,
        shop_id,
        do.customer_id,
        do.points,
        do.reason,
        tx.now,
        tx.cause,
    )


async def earnings_of(tx: Tx, docs: Collection[UUID]) -> dict[UUID, Earning]:
    rows = await tx.fetch(
        "SELECT doc, shop_id, customer_id, step_points, step_minor, points, back_points, lot FROM points_earnings"
        " WHERE doc = ANY ($1::uuid[]) ORDER BY doc FOR NO KEY UPDATE",
        list(docs),
    )
    return {row["doc"]: Earning(**row) for row in rows}


async def insert_earnings(tx: Tx, earnings: Sequence[tuple[Earning, Item]]) -> None:
    await tx.execute(
        "INSERT INTO points_earnings (doc, shop_id, customer_id, step_points, step_minor, points, lot, at, cause)"
        " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::bigint[],"
        " $7::date[], $8::timestamptz[], $9::uuid[])",
        [each.doc for each, _ in earnings],
        [each.shop_id for each, _ in earnings],
        [each.customer_id for each, _ in earnings],
        [each.step_points for each, _ in earnings],
        [each.step_minor for each, _ in earnings],
        [each.points for each, _ in earnings],
        [each.lot for each, _ in earnings],
        [item.now for _, item in earnings],
        [item.cause for _, item in earnings],
    )


async def add_taken_back(tx: Tx, taken: Mapping[UUID, int]) -> None:
    await tx.execute(
        "UPDATE points_earnings e SET back_points = back_points + t.points"
        " FROM unnest($1::uuid[], $2::bigint[]) AS t (doc, points) WHERE e.doc = t.doc",
        list(taken),
        list(taken.values()),
    )


# --- policies ------------------------------------------------------------------------------------------------------


async def policies(tx: Tx, companies: Iterable[CompanyId]) -> dict[CompanyId, PointsPolicySet]:
    """The policy in force of each company that has one."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (company_id) company_id, policy, since FROM points_policies"
        " WHERE company_id = ANY ($1::uuid[]) ORDER BY company_id, seq DESC",
        list(companies),
    )
    return {row["company_id"]: msgspec.convert(dict(row), PointsPolicySet) for row in rows}


async def insert_policy(tx: Tx, company_id: CompanyId, policy: PointsPolicy) -> None:
    await tx.execute(
        "INSERT INTO points_policies (company_id, policy, since, cause) VALUES ($1, $2::text::json, $3, $4)",
        company_id,
        msgspec.json.encode(policy).decode(),
        tx.now,
        tx.cause,
    )


# --- proof ---------------------------------------------------------------------------------------------------------

_EARNED: Final = """
WITH moved AS (
  SELECT doc, sum(signed)::bigint AS points FROM (
    SELECT t.doc, t.amount AS signed FROM points_transfers t JOIN points_accounts s ON s.id = t.debit_id
    WHERE s.kind = 'earned'
    UNION ALL
    SELECT t.doc, -t.amount FROM points_transfers t JOIN points_accounts s ON s.id = t.credit_id WHERE s.kind = 'earned'
  ) AS m GROUP BY doc)
SELECT coalesce(e.doc, m.doc)::text AS id, coalesce(e.points - e.back_points, 0) AS kept,
       coalesce(m.points, 0) AS transfers
FROM points_earnings e FULL JOIN moved m USING (doc)
WHERE coalesce(e.points - e.back_points, 0) <> coalesce(m.points, 0)"""

_ADJUSTED: Final = """
WITH moved AS (
  SELECT doc, sum(signed)::bigint AS points FROM (
    SELECT t.doc, t.amount AS signed FROM points_transfers t JOIN points_accounts s ON s.id = t.debit_id
    WHERE s.kind = 'adjusted'
    UNION ALL
    SELECT t.doc, -t.amount FROM points_transfers t JOIN points_accounts s ON s.id = t.credit_id
    WHERE s.kind = 'adjusted') AS m GROUP BY doc)
SELECT coalesce(a.id, m.doc)::text AS id, coalesce(a.points, 0) AS kept, coalesce(m.points, 0) AS transfers
FROM points_adjustments a FULL JOIN moved m ON m.doc = a.id WHERE a.points IS DISTINCT FROM m.points"""


async def diverging(tx: Tx) -> list[Divergence]:
    """Earnings and adjustments that are not what the book says."""
    found = []
    for what, sql in (("earned", _EARNED), ("adjusted", _ADJUSTED)):
        rows = await tx.fetch(sql)
        found += [Divergence("points", what, row["id"], row["kept"], row["transfers"]) for row in rows]
    return found
