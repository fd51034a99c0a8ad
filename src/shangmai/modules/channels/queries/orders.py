"""The SQL of the orders of channels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.channels.contract import ChannelAccount, ChannelAccountId, ChannelListingId
from shangmai.modules.channels.contract.orders import (
    ChannelOrder,
    ChannelOrderId,
    ChannelOrderLine,
    ChannelOrderState,
    TakeChannelOrder,
    TakenLine,
)
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.exceptions import ChannelState
from shangmai.modules.organization.contract import ShopId

Key = tuple[ChannelAccountId, str]
ListingKey = tuple[ChannelAccountId, str, str]
COLUMNS: Final = (
    "id, account_id, channel_no, state, order_id, raw_status, channel_state, status_at, ordered_at, taken_at,"
    " wait_code, wait_zh, wait_en"
)


class Pushed(Struct, frozen=True):
    """An order as it was pushed, and by whose call."""

    account: ChannelAccount
    do: TakeChannelOrder
    item: Item

    @property
    def key(self) -> Key:
        return self.account.id, self.do.channel_no


class Waiting(Struct, frozen=True):
    """A waiting order that this transaction holds."""

    id: ChannelOrderId
    shop_id: ShopId
    do: TakeChannelOrder


async def claim(tx: Tx, pushed: Sequence[Pushed]) -> dict[Key, ChannelOrderId]:
    """Write those of these orders, one of a key, that are new; who pushes the same at once waits, and gets none."""
    rows = sorted(((new_id(), each) for each in pushed), key=lambda row: row[1].key)
    plain = [msgspec.json.encode(each.do).decode() for _, each in rows]
    found = await tx.fetch(
        "INSERT INTO channel_orders (id, account_id, shop_id, channel_no, state, given, raw_status, channel_state,"
        " status_at, ordered_at, taken_at, cause) SELECT id, account_id, shop_id, channel_no, 'waiting', given, raw,"
        " state, status_at, ordered_at, taken_at, cause FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[],"
        " $5::bytea[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::uuid[])"
        " AS g (id, account_id, shop_id, channel_no, given, raw, state, status_at, ordered_at, taken_at, cause)"
        " ON CONFLICT (account_id, channel_no) DO NOTHING RETURNING id, account_id, channel_no",
        [id_ for id_, _ in rows],
        [each.account.id for _, each in rows],
        [each.account.shop_id for _, each in rows],
        [each.do.channel_no for _, each in rows],
        current_vault().column("channel_orders", "given").encrypt_many(plain, [id_ for id_, _ in rows]),
        [each.do.raw_status for _, each in rows],
        [each.do.state.value for _, each in rows],
        [each.do.status_at or each.do.ordered_at or each.item.now for _, each in rows],
        [each.do.ordered_at or each.item.now for _, each in rows],
        [each.item.now for _, each in rows],
        [each.item.cause for _, each in rows],
    )
    return {(row["account_id"], row["channel_no"]): row["id"] for row in found}


async def add_lines(tx: Tx, new: Mapping[ChannelOrderId, Pushed]) -> None:
    """Write the lines of new orders, and listings that nobody has told of yet, as not mapped."""
    listings = await _listings_of(tx, [(each.account, line) for each in new.values() for line in each.do.lines])
    rows = [(id_, each, n, line) for id_, each in new.items() for n, line in enumerate(each.do.lines, 1)]
    await tx.execute(
        "INSERT INTO channel_order_lines (channel_order_id, line, shop_id, channel_line, listing_id, qty, amount_minor)"
        " SELECT * FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::uuid[], $6::bigint[],"
        " $7::bigint[])",
        [id_ for id_, _, _, _ in rows],
        [n for _, _, n, _ in rows],
        [each.account.shop_id for _, each, _, _ in rows],
        [line.channel_line for _, _, _, line in rows],
        [listings[each.account.id, line.item_id, line.channel_sku] for _, each, _, line in rows],
        [line.qty for _, _, _, line in rows],
        [line.amount_minor for _, _, _, line in rows],
    )


async def _listings_of(tx: Tx, lines: Sequence[tuple[ChannelAccount, TakenLine]]) -> dict[ListingKey, ChannelListingId]:
    wanted = {(account.id, line.item_id, line.channel_sku): (account, line) for account, line in lines}
    rows = [wanted[key] for key in sorted(wanted)]
    keys = [account.id for account, _ in rows], [e.item_id for _, e in rows], [e.channel_sku for _, e in rows]
    await tx.execute(
        "INSERT INTO channel_listings (id, account_id, shop_id, item_id, channel_sku, title, changed_at, cause)"
        " SELECT id, account_id, shop_id, item_id, channel_sku, title, $7, $8 FROM unnest($1::uuid[], $2::text[],"
        " $3::text[], $4::uuid[], $5::uuid[], $6::text[]) AS g (account_id, item_id, channel_sku, id, shop_id, title)"
        " ON CONFLICT (account_id, item_id, channel_sku) DO NOTHING",
        *keys,
        [new_id() for _ in rows],
        [account.shop_id for account, _ in rows],
        [line.title for _, line in rows],
        tx.now,
        tx.cause,
    )
    found = await tx.fetch(
        "SELECT id, account_id, item_id, channel_sku FROM channel_listings WHERE (account_id, item_id, channel_sku)"
        " IN (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]))",
        *keys,
    )
    return {(row["account_id"], row["item_id"], row["channel_sku"]): row["id"] for row in found}


async def hold_skus(
    tx: Tx, ids: Collection[ChannelOrderId]
) -> dict[ChannelOrderId, dict[int, tuple[str, SkuId | None]]]:
    """By order and line, the listing's name and SKU; who maps one of them waits until this transaction ends.

    So an order either sees what its listings are mapped to, or is there for whoever is told that they are.
    """
    rows = await tx.fetch(
        "SELECT n.channel_order_id, n.line, l.sku_id, l.title, l.item_id FROM channel_order_lines n"
        " JOIN channel_listings l ON l.id = n.listing_id WHERE n.channel_order_id = ANY ($1::uuid[])"
        " ORDER BY l.account_id, l.item_id, l.channel_sku, n.channel_order_id, n.line FOR SHARE OF l",
        list(ids),
    )
    found: dict[ChannelOrderId, dict[int, tuple[str, SkuId | None]]] = defaultdict(dict)
    for row in rows:
        found[row["channel_order_id"]][row["line"]] = (row["title"] or row["item_id"], row["sku_id"])
    return found


async def waiting_for(
    tx: Tx, listings: Collection[ChannelListingId], after: ChannelOrderId | None, limit: int
) -> list[ChannelOrderId]:
    """Waiting orders with lines of these listings, those taken first in front; only behind `after`."""
    rows = await tx.fetch(
        "SELECT id FROM channel_orders WHERE state = 'waiting' AND ($2::uuid IS NULL OR id > $2) AND id IN (SELECT"
        " channel_order_id FROM channel_order_lines WHERE listing_id = ANY ($1::uuid[])) ORDER BY id LIMIT $3",
        list(listings),
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def lock_waiting(
    tx: Tx, ids: Collection[UUID], listings: Collection[ChannelListingId] = ()
) -> list[tuple[Waiting, set[ChannelListingId]]]:
    """Hold those of these orders that wait; each with those of the listings it has."""
    rows = await tx.fetch(
        "SELECT id, shop_id, given, ARRAY(SELECT listing_id FROM channel_order_lines n WHERE n.channel_order_id = o.id"
        " AND listing_id = ANY ($2::uuid[])) AS listings FROM channel_orders o WHERE state = 'waiting'"
        " AND id = ANY ($1::uuid[]) ORDER BY account_id, channel_no FOR UPDATE OF o",
        list(ids),
        list(listings),
    )
    plain = (
        current_vault()
        .column("channel_orders", "given")
        .decrypt_many([row["given"] for row in rows], [row["id"] for row in rows])
    )
    return [
        (
            Waiting(row["id"], row["shop_id"], msgspec.json.decode(text or "", type=TakeChannelOrder)),
            set(row["listings"]),
        )
        for row, text in zip(rows, plain, strict=True)
    ]


async def mark_placed(tx: Tx, placed: Mapping[ChannelOrderId, OrderId]) -> None:
    """Forget what was pushed: the order has it now."""
    await tx.execute(
        "UPDATE channel_orders o SET state = 'placed', order_id = g.order_id, given = NULL, wait_code = '',"
        " wait_zh = '', wait_en = '' FROM unnest($1::uuid[], $2::uuid[]) AS g (id, order_id) WHERE o.id = g.id",
        list(placed),
        list(placed.values()),
    )


async def mark_closed(tx: Tx, ids: Collection[ChannelOrderId]) -> None:
    """Close those of these orders that wait."""
    await tx.execute(
        "UPDATE channel_orders SET state = 'closed', given = NULL, wait_code = '', wait_zh = '', wait_en = ''"
        " WHERE id = ANY ($1::uuid[]) AND state = 'waiting'",
        list(ids),
    )


async def set_waits(tx: Tx, waits: Mapping[ChannelOrderId, AppError]) -> None:
    await tx.execute(
        "UPDATE channel_orders o SET wait_code = g.code, wait_zh = g.zh, wait_en = g.en"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS g (id, code, zh, en) WHERE o.id = g.id",
        list(waits),
        [why.code for why in waits.values()],
        [why.message("zh-CN") for why in waits.values()],
        [why.message("en") for why in waits.values()],
    )


async def lock_of_keys(tx: Tx, keys: Collection[Key]) -> dict[Key, ChannelOrder]:
    """Hold orders by account and number, without their lines."""
    ordered = sorted(keys)
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM channel_orders WHERE (account_id, channel_no) IN (SELECT * FROM unnest($1::uuid[],"
        " $2::text[])) ORDER BY account_id, channel_no FOR UPDATE",
        [account_id for account_id, _ in ordered],
        [no for _, no in ordered],
    )
    return {(row["account_id"], row["channel_no"]): _order(row, []) for row in rows}


async def set_statuses(tx: Tx, orders: Collection[ChannelOrder]) -> None:
    await tx.execute(
        "UPDATE channel_orders o SET raw_status = g.raw, channel_state = g.state, status_at = g.at"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS g (id, raw, state, at)"
        " WHERE o.id = g.id",
        [each.id for each in orders],
        [each.raw_status for each in orders],
        [each.channel_state.value for each in orders],
        [each.status_at for each in orders],
    )


async def of_keys(tx: Tx, keys: Collection[Key]) -> dict[Key, ChannelOrder]:
    ordered = sorted(keys)
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM channel_orders WHERE (account_id, channel_no) IN (SELECT * FROM unnest($1::uuid[],"
        " $2::text[]))",
        [account_id for account_id, _ in ordered],
        [no for _, no in ordered],
    )
    return {(each.account_id, each.channel_no): each for each in await _with_lines(tx, rows)}


async def of_ids(tx: Tx, ids: Collection[UUID]) -> dict[UUID, ChannelOrder]:
    rows = await tx.fetch("SELECT " + COLUMNS + " FROM channel_orders WHERE id = ANY ($1::uuid[])", list(ids))
    return {each.id: each for each in await _with_lines(tx, rows)}


async def find_of_order(tx: Tx, order_id: UUID) -> ChannelOrder | None:
    rows = await tx.fetch("SELECT " + COLUMNS + " FROM channel_orders WHERE order_id = $1", order_id)
    return next(iter(await _with_lines(tx, rows)), None)


async def page_of_orders(
    tx: Tx, account_id: UUID | None, state: ChannelOrderState | None, after: UUID | None, limit: int
) -> list[ChannelOrder]:
    """Orders of channels, those that came last in front."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM channel_orders WHERE ($1::uuid IS NULL OR account_id = $1)"
        " AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        account_id,
        None if state is None else state.value,
        after,
        limit,
    )
    return await _with_lines(tx, rows)


async def _with_lines(tx: Tx, rows: Sequence[Record]) -> list[ChannelOrder]:
    found = await tx.fetch(
        "SELECT n.channel_order_id, n.line, n.channel_line, n.listing_id, l.item_id, l.channel_sku, l.title, l.sku_id,"
        " n.qty, n.amount_minor FROM channel_order_lines n JOIN channel_listings l ON l.id = n.listing_id"
        " WHERE n.channel_order_id = ANY ($1::uuid[]) ORDER BY n.channel_order_id, n.line",
        [row["id"] for row in rows],
    )
    lines: dict[UUID, list[ChannelOrderLine]] = defaultdict(list)
    for line in found:
        given = {name: line[name] for name in ChannelOrderLine.__struct_fields__}
        lines[line["channel_order_id"]].append(ChannelOrderLine(**given))
    return [_order(row, lines[row["id"]]) for row in rows]


def _order(row: Record, lines: list[ChannelOrderLine]) -> ChannelOrder:
    kinds = {"state": ChannelOrderState(row["state"]), "channel_state": ChannelState(row["channel_state"])}
    return ChannelOrder(**{**row, **kinds}, lines=lines)
