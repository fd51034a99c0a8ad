"""The SQL of the quota book's accounts, beside what the book does itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.books.contract import Key
from shangmai.kernel.tx import Tx

FIND: Final = (
    "SELECT a.kind, a.of_id, a.buyer_id, a.floor, a.posted, a.held FROM quota_accounts a"
    " JOIN unnest($1::text[], $2::uuid[], $3::uuid[]) AS k (kind, of_id, buyer_id) USING (kind, of_id, buyer_id)"
)


async def accounts(tx: Tx, keys: Sequence[Key]) -> dict[Key, Record]:
    """Those of these accounts that exist: floor, posted, held."""
    rows = await tx.fetch(FIND, *_columns(keys))
    return {(row["kind"], row["of_id"], row["buyer_id"]): row for row in rows}


async def set_limits(tx: Tx, limits: Mapping[Key, int]) -> None:
    """Give accounts these limits, and make those that are missing; one never goes below what is used and held."""
    keys = sorted(limits, key=str)
    await tx.execute(
        "INSERT INTO quota_accounts AS a (kind, of_id, buyer_id, bounded, floor)"
        " SELECT kind, of_id, buyer_id, true, floor FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[])"
        " WITH ORDINALITY AS k (kind, of_id, buyer_id, floor, place) ORDER BY place"
        " ON CONFLICT (kind, of_id, buyer_id) DO UPDATE SET floor = least(excluded.floor, a.posted - a.held)",
        *_columns(keys),
        [-limits[key] for key in keys],
    )
    tx.made_accounts.update(("quota", key) for key in keys)


async def held_of(tx: Tx, docs: Collection[UUID]) -> list[Record]:
    """What documents still keep: the hold's id, doc, the account's kind and of_id."""
    return await tx.fetch(
        "SELECT h.id, h.doc, a.kind, a.of_id FROM quota_holds h JOIN quota_accounts a ON a.id = h.debit_id"
        " WHERE h.doc = ANY ($1::uuid[]) AND h.remaining > 0 ORDER BY h.doc, h.id",
        list(docs),
    )


async def settled_of(tx: Tx, docs: Collection[UUID]) -> list[Record]:
    """What documents have used and not had back: doc, line, the account's key, amount."""
    return await tx.fetch(
        "SELECT t.doc, t.line, a.kind, a.of_id, a.buyer_id,"
        " sum(CASE WHEN t.debit_id = a.id THEN t.amount ELSE -t.amount END)::bigint AS amount"
        " FROM quota_transfers t JOIN quota_accounts a ON a.id IN (t.debit_id, t.credit_id) AND a.bounded"
        " WHERE t.doc = ANY ($1::uuid[]) AND t.kind IN ('post', 'settle')"
        " GROUP BY t.doc, t.line, a.kind, a.of_id, a.buyer_id"
        " HAVING sum(CASE WHEN t.debit_id = a.id THEN t.amount ELSE -t.amount END) > 0 ORDER BY t.doc, t.line",
        list(docs),
    )


async def used_by(tx: Tx, doc: UUID) -> list[Record]:
    """All that a document has to do with limits: at, kind of transfer, the account's key, amount, cause."""
    return await tx.fetch(
        "SELECT t.at, t.kind AS moved, t.amount, t.cause, a.kind, a.of_id, a.buyer_id, t.debit_id = a.id AS out"
        " FROM quota_transfers t JOIN quota_accounts a ON a.id IN (t.debit_id, t.credit_id) AND a.bounded"
        " WHERE t.doc = $1 ORDER BY t.at, t.id",
        doc,
    )


def _columns(keys: Sequence[Key]) -> list[list[object]]:
    return [[key[n] for key in keys] for n in range(3)]
