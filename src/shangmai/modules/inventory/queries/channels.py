"""The SQL of what shops may show: rules, locks, the facts to count by, and the outbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.inventory.contract.channels import (
    EVERY_SKU,
    ChannelChange,
    ChannelLock,
    ChannelLockId,
    ChannelShare,
    LockChannelStock,
    SetChannelShare,
    ShareMode,
)
from shangmai.modules.organization.contract import ShopId

LOCK = "id, shop_id, sku_id, qty, until, reason, ended_at"


async def set_share(tx: Tx, do: SetChannelShare) -> bool:
    """Keep the rule; False when it stood there already."""
    done = await tx.fetchval(
        "INSERT INTO channel_shares AS s (shop_id, sku_id, mode, amount, buffer, set_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (shop_id, sku_id) DO UPDATE SET mode = excluded.mode,"
        " amount = excluded.amount, buffer = excluded.buffer, set_at = excluded.set_at, cause = excluded.cause"
        " WHERE (s.mode, s.amount, s.buffer) <> (excluded.mode, excluded.amount, excluded.buffer) RETURNING true",
        do.shop_id,
        do.sku_id or EVERY_SKU,
        do.mode.value,
        do.amount,
        do.buffer,
        tx.now,
        tx.cause,
    )
    return bool(done)


async def insert_lock(tx: Tx, do: LockChannelStock) -> ChannelLock:
    row = await tx.fetchrow(
        "INSERT INTO channel_locks (id, shop_id, sku_id, qty, until, reason, created_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING " + LOCK,
        new_id(),
        do.shop_id,
        do.sku_id,
        do.qty,
        do.until,
        do.reason,
        tx.now,
        tx.cause,
    )
    assert row is not None, "an insert answers with its row"
    return ChannelLock(**row)


async def locks_over(tx: Tx, sku_id: SkuId) -> list[ChannelLockId]:
    """The locks of a SKU whose time is over and that nobody has ended; they are locked."""
    rows = await tx.fetch(
        "SELECT id FROM channel_locks WHERE sku_id = $1 AND ended_at IS NULL AND until <= $2 ORDER BY id"
        " FOR NO KEY UPDATE",
        sku_id,
        tx.now,
    )
    return [row["id"] for row in rows]


async def lock_lock(tx: Tx, id_: ChannelLockId) -> ChannelLock | None:
    row = await tx.fetchrow("SELECT " + LOCK + " FROM channel_locks WHERE id = $1 FOR NO KEY UPDATE", id_)
    return None if row is None else ChannelLock(**row)


async def end_locks(tx: Tx, ids: Collection[ChannelLockId]) -> list[ChannelLock]:
    rows = await tx.fetch(
        "UPDATE channel_locks SET ended_at = $2 WHERE id = ANY ($1::uuid[]) RETURNING " + LOCK, list(ids), tx.now
    )
    return [ChannelLock(**row) for row in rows]


async def divided(tx: Tx, warehouses: Collection[WarehouseId]) -> set[WarehouseId]:
    """Those of these warehouses from which a shop sells that has a rule or an open lock, whoever asks."""
    rows = await tx.fetch(
        "SELECT w AS id FROM unnest($1::uuid[]) AS w WHERE is_divided_v1(w)",  # sql: a function looks at all shops
        list(warehouses),
    )
    return {row["id"] for row in rows}


async def wait_turn(tx: Tx, about: str) -> None:
    """Let no one else who says the same go on before this transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"inventory.channels/{about}")


async def are_followed(tx: Tx) -> bool:
    """Whether any shop has a rule or a lock at all, or was told a number once."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM channel_shares) OR EXISTS (SELECT FROM channel_locks)"
            " OR EXISTS (SELECT FROM channel_stock_outbox)"
        )
    )


async def facts(tx: Tx, skus: Collection[SkuId], shop_id: ShopId | None = None) -> list[Record]:
    """Of each SKU, the shops that have a rule, a lock or a told number, and this shop, with the stock they sell from.

    Ordered by SKU and shop, those made first in front. The caller's scope does not narrow it: what others have for
    themselves counts for everyone.
    """
    return await tx.fetch("SELECT * FROM channel_facts_v2($1::uuid[], $2::uuid)", list(skus), shop_id)


async def skus_named(tx: Tx, ids: Collection[UUID]) -> set[SkuId]:
    """The SKUs whose pieces moved for these documents, and those that are themselves among the ids."""
    rows = await tx.fetch(
        "SELECT DISTINCT a.sku_id FROM stock_transfers t JOIN stock_accounts a ON a.id = t.debit_id"
        " WHERE t.doc = ANY ($1::uuid[])"
        " UNION SELECT sku_id FROM stock_accounts WHERE sku_id = ANY ($1::uuid[])",
        list(ids),
    )
    return {row["sku_id"] for row in rows}


async def page_of_skus(tx: Tx, after: SkuId | None, limit: int) -> list[SkuId]:
    """The SKUs that have stock accounts, in order of their ids."""
    rows = await tx.fetch(
        "SELECT DISTINCT sku_id FROM stock_accounts WHERE bounded AND ($1::uuid IS NULL OR sku_id > $1)"
        " ORDER BY sku_id LIMIT $2",
        after,
        limit,
    )
    return [row["sku_id"] for row in rows]


async def tell(tx: Tx, numbers: Sequence[tuple[ShopId, SkuId, int]]) -> None:
    """Write the numbers that are not what they were; the others stay untouched."""
    await tx.execute(
        "INSERT INTO channel_stock_outbox AS o (shop_id, sku_id, qty, version, changed_at)"
        " SELECT shop_id, sku_id, qty, 1, now() FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])"
        " AS n (shop_id, sku_id, qty) ON CONFLICT (shop_id, sku_id)"
        " DO UPDATE SET qty = excluded.qty, version = o.version + 1, changed_at = now() WHERE o.qty <> excluded.qty",
        *([row[n] for row in numbers] for n in range(3)),
    )


async def told(tx: Tx, shop_id: ShopId, after: SkuId | None, limit: int) -> list[ChannelChange]:
    """What a shop's channel is to be told, by SKU."""
    rows = await tx.fetch(
        "SELECT shop_id, sku_id, qty, version, changed_at FROM channel_stock_outbox"
        " WHERE shop_id = $1 AND ($2::uuid IS NULL OR sku_id > $2) ORDER BY sku_id LIMIT $3",
        shop_id,
        after,
        limit,
    )
    return [ChannelChange(**row) for row in rows]


async def told_of(tx: Tx, shop_id: ShopId, skus: Collection[SkuId]) -> list[ChannelChange]:
    """What a shop's channel is to be told of these SKUs."""
    rows = await tx.fetch(
        "SELECT shop_id, sku_id, qty, version, changed_at FROM channel_stock_outbox"
        " WHERE shop_id = $1 AND sku_id = ANY ($2::uuid[])",
        shop_id,
        list(skus),
    )
    return [ChannelChange(**row) for row in rows]


async def shares(tx: Tx, shop_id: ShopId, after: SkuId | None, limit: int) -> list[ChannelShare]:
    """A shop's rules, by SKU; the one for all SKUs first."""
    rows = await tx.fetch(
        "SELECT shop_id, nullif(sku_id, $4) AS sku_id, mode, amount, buffer FROM channel_shares"
        " WHERE shop_id = $1 AND ($2::uuid IS NULL OR sku_id > $2) ORDER BY channel_shares.sku_id LIMIT $3",
        shop_id,
        after,
        limit,
        EVERY_SKU,
    )
    return [ChannelShare(**{**row, "mode": ShareMode(row["mode"])}) for row in rows]


async def open_locks(tx: Tx, shop_id: ShopId, after: ChannelLockId | None, limit: int) -> list[ChannelLock]:
    """A shop's locks that neither their time nor anybody has ended, those made first in front."""
    rows = await tx.fetch(
        "SELECT " + LOCK + " FROM channel_locks WHERE shop_id = $1 AND ended_at IS NULL AND until > now()"
        " AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
        shop_id,
        after,
        limit,
    )
    return [ChannelLock(**row) for row in rows]


async def warehouse_of(tx: Tx, shop_id: ShopId) -> WarehouseId | None:
    found: WarehouseId | None = await tx.fetchval(
        "SELECT warehouse_id FROM shop_warehouses WHERE shop_id = $1", shop_id
    )
    return found
