"""The SQL of price lists and their entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.db.rows import Rows
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.price_lists import (
    CreatePriceList,
    ListKind,
    PriceEntry,
    PriceEntryId,
    PriceList,
    PriceListId,
    Target,
)

LIST: Final = "id, code, name, name_en, kind, channel, shop_id, level, currency, priority, created_at, closed_at"
ENTRY: Final = (
    "id, list_id, target, target_id, min_qty, valid_from, valid_to, price_minor, percent_bp, set_at, set_by, ended_at,"
    " ended_by, floor_minor"
)
KINDS: Final = {kind.value: kind for kind in ListKind}
TARGETS: Final = {target.value: target for target in Target}

EntryKey = tuple[UUID, UUID, int, datetime | None]
"""What may be in force once: list, target, quantity break, begin."""


def key_of(entry: PriceEntry) -> EntryKey:
    return (entry.list_id, entry.target_id, entry.min_qty, entry.valid_from)


async def insert_list(tx: Tx, do: CreatePriceList) -> PriceList | None:
    """The new list; None when its code is taken."""
    row = await tx.fetchrow(
        "INSERT INTO price_lists (id, code, name, name_en, kind, channel, shop_id, level, currency, priority,"
        " created_at, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (code) DO NOTHING RETURNING " + LIST,
        new_id(),
        do.code,
        do.name,
        do.name_en,
        do.kind.value,
        do.channel,
        do.shop_id,
        do.level,
        do.currency,
        do.priority,
        tx.now,
        tx.cause,
    )
    return None if row is None else _list(row)


async def close_list(tx: Tx, list_id: PriceListId) -> None:
    await tx.execute("UPDATE price_lists SET closed_at = $2 WHERE id = $1", list_id, tx.now)


async def lock_lists(tx: Tx, codes: Collection[str]) -> dict[str, PriceList]:
    """The lists that exist among these, by code, locked in order of id: one writer at a time in a list."""
    rows = await tx.fetch(
        "SELECT " + LIST + " FROM price_lists WHERE code = ANY ($1::text[]) ORDER BY id FOR NO KEY UPDATE", list(codes)
    )
    return {row["code"]: _list(row) for row in rows}


async def shops_of(tx: Tx, codes: Collection[str]) -> dict[str, ShopId | None]:
    rows = await tx.fetch("SELECT code, shop_id FROM price_lists WHERE code = ANY ($1::text[])", list(codes))
    return {row["code"]: row["shop_id"] for row in rows}


async def find_list(tx: Tx, code: str) -> PriceList | None:
    row = await tx.fetchrow("SELECT " + LIST + " FROM price_lists WHERE code = $1", code)
    return None if row is None else _list(row)


async def page_of_lists(tx: Tx, *, kind: ListKind | None, open_only: bool, after: str, limit: int) -> list[PriceList]:
    """By code."""
    rows = await tx.fetch(
        "SELECT " + LIST + " FROM price_lists WHERE code > $1 AND ($2::text IS NULL OR kind = $2)"
        " AND (NOT $3 OR closed_at IS NULL) ORDER BY code LIMIT $4",
        after,
        None if kind is None else kind.value,
        open_only,
        limit,
    )
    return [_list(row) for row in rows]


async def page_of_entries(
    tx: Tx, list_id: PriceListId, *, target_id: UUID | None, history: bool, after: UUID | None, limit: int
) -> list[PriceEntry]:
    """In the order in which they were set; with `history` also those no longer in force."""
    rows = await tx.fetch(
        "SELECT " + ENTRY + " FROM price_entries WHERE list_id = $1 AND ($2::uuid IS NULL OR target_id = $2)"
        " AND ($3 OR ended_at IS NULL) AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5",
        list_id,
        target_id,
        history,
        after,
        limit,
    )
    return [_entry(row) for row in rows]


# --- setting -------------------------------------------------------------------------------------------------------


async def in_force(tx: Tx, keys: Collection[tuple[UUID, UUID]]) -> dict[EntryKey, PriceEntry]:
    """The entries of these lists and targets that were not set anew or removed."""
    rows = await tx.fetch(
        "SELECT " + ENTRY + " FROM price_entries JOIN (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[])) AS k"
        " (list_id, target_id) USING (list_id, target_id) WHERE ended_at IS NULL",
        [list_id for list_id, _ in keys],
        [target_id for _, target_id in keys],
    )
    entries = [_entry(row) for row in rows]
    return {key_of(entry): entry for entry in entries}


ENTRIES: Final = Rows(
    "price_entries",
    {
        "id": "uuid", "list_id": "uuid", "target": "text", "target_id": "uuid", "min_qty": "bigint",
        "valid_from": "timestamptz", "valid_to": "timestamptz", "price_minor": "bigint", "percent_bp": "integer",
        "set_at": "timestamptz", "set_by": "uuid", "ended_at": "timestamptz", "ended_by": "uuid",
        "floor_minor": "bigint",
    },
)  # fmt: skip


async def replace_entries(tx: Tx, ended: Mapping[PriceEntryId, Item], new: Sequence[PriceEntry]) -> None:
    """End entries and write others in their places; in two statements, for each sees its key once."""
    if ended:
        await tx.execute(
            "UPDATE price_entries e SET ended_at = n.at, ended_by = n.cause"
            " FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS n (id, at, cause) WHERE e.id = n.id",
            list(ended),
            [item.now for item in ended.values()],
            [item.cause for item in ended.values()],
        )
    await ENTRIES.insert(
        tx,
        [
            (
                e.id, e.list_id, e.target.value, e.target_id, e.min_qty, e.valid_from, e.valid_to, e.price_minor,
                e.percent_bp, e.set_at, e.set_by, e.ended_at, e.ended_by, e.floor_minor,
            )
            for e in new
        ],
    )  # fmt: skip


async def assign(tx: Tx, pairs: Sequence[tuple[PriceListId, CustomerId, Item]]) -> set[tuple[PriceListId, CustomerId]]:
    """Assign customers to lists; the pairs that were not assigned before."""
    rows = await tx.fetch(
        "INSERT INTO price_list_customers (list_id, customer_id, since, cause)"
        " SELECT DISTINCT ON (list_id, customer_id) * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[],"
        " $4::uuid[]) AS n (list_id, customer_id, since, cause) ORDER BY list_id, customer_id"
        " ON CONFLICT DO NOTHING RETURNING list_id, customer_id",
        [list_id for list_id, _, _ in pairs],
        [customer_id for _, customer_id, _ in pairs],
        [item.now for *_, item in pairs],
        [item.cause for *_, item in pairs],
    )
    return {(row["list_id"], row["customer_id"]) for row in rows}


async def unassign(tx: Tx, list_id: PriceListId, customer_id: CustomerId) -> bool:
    """Whether the customer was assigned until now."""
    row = await tx.fetchrow(
        "DELETE FROM price_list_customers WHERE list_id = $1 AND customer_id = $2 RETURNING true", list_id, customer_id
    )
    return row is not None


# --- finding prices ------------------------------------------------------------------------------------------------


class Wanted(Struct, frozen=True, kw_only=True):
    """Whom and what a batch of prices is about, to leave out lists and entries that can't matter."""

    targets: Collection[UUID]
    channels: Collection[str]
    shops: Collection[UUID]
    levels: Collection[str]
    customers: Collection[CustomerId]


Found = tuple[dict[UUID, PriceList], list[PriceEntry], dict[CustomerId, set[PriceListId]]]
"""Price lists by id, their entries, and which of the lists are assigned to each customer."""


async def lists_and_entries(tx: Tx, wanted: Wanted, since: datetime) -> Found:
    """The entries about these targets in lists for these buyers that were in force at `since` or later."""
    rows = await tx.fetch(
        "SELECT e.id, e.list_id, e.target, e.target_id, e.min_qty, e.valid_from, e.valid_to, e.price_minor,"
        " e.percent_bp, e.set_at, e.set_by, e.ended_at, e.ended_by, e.floor_minor, l.code, l.name, l.name_en, l.kind,"
        " l.channel, l.shop_id, l.level, l.currency, l.priority, l.created_at, l.closed_at,"
        " CASE WHEN l.kind = 'customer' THEN a.customers END AS customers"
        " FROM price_entries e JOIN price_lists l ON l.id = e.list_id"
        " LEFT JOIN (SELECT list_id, array_agg(customer_id) AS customers FROM price_list_customers"
        "  WHERE customer_id = ANY ($6::uuid[]) GROUP BY list_id) a ON a.list_id = l.id"
        " WHERE e.target_id = ANY ($1::uuid[]) AND (e.ended_at IS NULL OR e.ended_at > $2)"
        " AND (l.closed_at IS NULL OR l.closed_at > $2) AND (l.kind = 'base' OR l.channel = ANY ($3::text[])"
        " OR l.shop_id = ANY ($4::uuid[]) OR l.level = ANY ($5::text[])"
        " OR (l.kind = 'customer' AND a.customers IS NOT NULL))",
        list(wanted.targets),
        since,
        list(wanted.channels),
        list(wanted.shops),
        list(wanted.levels),
        list(wanted.customers),
    )
    lists = {row["list_id"]: _list_of_entry(row) for row in rows}
    lists_of: dict[CustomerId, set[PriceListId]] = {}
    for row in rows:
        for customer_id in row["customers"] or ():
            lists_of.setdefault(customer_id, set()).add(row["list_id"])
    return lists, [_entry(row) for row in rows], lists_of


def _list_of_entry(row: Record) -> PriceList:
    return _list({**{name: row[name] for name in LIST.split(", ") if name != "id"}, "id": row["list_id"]})


def _list(row: Record | dict[str, object]) -> PriceList:
    fields = dict(row)
    return PriceList(**{**fields, "kind": KINDS[str(fields["kind"])]})


def _entry(row: Record) -> PriceEntry:
    fields = {name: row[name] for name in ENTRY_COLUMNS}
    return PriceEntry(**{**fields, "target": TARGETS[row["target"]]})


ENTRY_COLUMNS: Final = ENTRY.split(", ")
