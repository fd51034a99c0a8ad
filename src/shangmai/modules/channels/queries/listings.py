"""The SQL of accounts and listings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.channels.contract import (
    ChannelAccount,
    ChannelAccountId,
    ChannelKind,
    ChannelListing,
    ChannelListingId,
    GivenListing,
    ListingState,
    SaveChannelAccount,
)

ACCOUNT: Final = "id, shop_id, kind, seller_id, name, saved_at"
STATE: Final = "CASE WHEN paused THEN 'paused' WHEN sku_id IS NULL THEN 'unmapped' ELSE 'mapped' END"
LISTING: Final = "id, account_id, item_id, channel_sku, title, sku_id, " + STATE + " AS state, changed_at"


async def save_account(tx: Tx, do: SaveChannelAccount) -> ChannelAccount:
    row = await tx.fetchrow(
        "INSERT INTO channel_accounts (id, shop_id, kind, seller_id, name, saved_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (shop_id, kind, seller_id) DO UPDATE"
        " SET name = excluded.name, saved_at = excluded.saved_at, cause = excluded.cause RETURNING " + ACCOUNT,
        new_id(),
        do.shop_id,
        do.kind.value,
        do.seller_id,
        do.name,
        tx.now,
        tx.cause,
    )
    assert row is not None
    return _account(row)


async def accounts(tx: Tx, ids: Collection[ChannelAccountId] | None = None) -> dict[ChannelAccountId, ChannelAccount]:
    """Those of these accounts that there are, or all, by name."""
    rows = await tx.fetch(
        "SELECT " + ACCOUNT + " FROM channel_accounts WHERE $1::uuid[] IS NULL OR id = ANY ($1) ORDER BY name, id",
        None if ids is None else list(ids),
    )
    return {row["id"]: _account(row) for row in rows}


async def save_listings(tx: Tx, account: ChannelAccount, given: Sequence[GivenListing]) -> list[ChannelListing]:
    """Write listings, one of each key, in order of their keys; what is mapped stays where nothing else is said."""
    ordered = sorted(given, key=lambda each: (each.item_id, each.channel_sku))
    rows = await tx.fetch(
        "INSERT INTO channel_listings AS l (id, account_id, shop_id, item_id, channel_sku, title, sku_id, changed_at,"
        " cause) SELECT id, $1, $2, item_id, channel_sku, title, sku_id, $8, $9 FROM unnest($3::uuid[], $4::text[],"
        " $5::text[], $6::text[], $7::uuid[]) AS g (id, item_id, channel_sku, title, sku_id)"
        " ON CONFLICT (account_id, item_id, channel_sku) DO UPDATE SET title = CASE excluded.title WHEN '' THEN l.title"
        " ELSE excluded.title END, sku_id = coalesce(excluded.sku_id, l.sku_id), changed_at = excluded.changed_at,"
        " cause = excluded.cause RETURNING " + LISTING,
        account.id,
        account.shop_id,
        [new_id() for _ in ordered],
        [each.item_id for each in ordered],
        [each.channel_sku for each in ordered],
        [each.title for each in ordered],
        [each.sku_id for each in ordered],
        tx.now,
        tx.cause,
    )
    return [_listing(row) for row in rows]


async def account_ids_of(tx: Tx, ids: Collection[ChannelListingId]) -> dict[ChannelListingId, ChannelAccountId]:
    rows = await tx.fetch("SELECT id, account_id FROM channel_listings WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["account_id"] for row in rows}


async def set_sku(tx: Tx, id_: ChannelListingId, sku_id: SkuId) -> ChannelListing | None:
    row = await tx.fetchrow(
        "UPDATE channel_listings SET sku_id = $2, changed_at = $3, cause = $4 WHERE id = $1 RETURNING " + LISTING,
        id_,
        sku_id,
        tx.now,
        tx.cause,
    )
    return None if row is None else _listing(row)


async def set_paused(tx: Tx, id_: ChannelListingId, paused: bool) -> ChannelListing | None:
    row = await tx.fetchrow(
        "UPDATE channel_listings SET paused = $2, changed_at = $3, cause = $4 WHERE id = $1 RETURNING " + LISTING,
        id_,
        paused,
        tx.now,
        tx.cause,
    )
    return None if row is None else _listing(row)


async def page_of_listings(
    tx: Tx, account_id: UUID | None, state: ListingState | None, after: UUID | None, limit: int
) -> list[ChannelListing]:
    """Listings, the newest first."""
    rows = await tx.fetch(
        "SELECT " + LISTING + " FROM channel_listings WHERE ($1::uuid IS NULL OR account_id = $1)"
        " AND ($2::text IS NULL OR " + STATE + " = $2) AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        account_id,
        None if state is None else state.value,
        after,
        limit,
    )
    return [_listing(row) for row in rows]


async def mapped(tx: Tx, account_id: UUID, after: UUID | None, limit: int) -> list[ChannelListing]:
    """An account's listings whose SKU is known, also paused ones, in the order they were told."""
    rows = await tx.fetch(
        "SELECT " + LISTING + " FROM channel_listings WHERE account_id = $1 AND sku_id IS NOT NULL"
        " AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        account_id,
        after,
        limit,
    )
    return [_listing(row) for row in rows]


def _account(row: Record) -> ChannelAccount:
    return ChannelAccount(**{**row, "kind": ChannelKind(row["kind"])})


def _listing(row: Record) -> ChannelListing:
    return ChannelListing(**{**row, "state": ListingState(row["state"])})
