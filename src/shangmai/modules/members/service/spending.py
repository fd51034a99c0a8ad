"""Spending points: held when an order is placed, spent when it is paid, given back once.

Whoever spends, takes or lets expire locks the members first, in order of id. So what a look at the lots says stays true
until the commit, and points are never promised twice. Giving back only adds, and locks nothing but accounts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.books.contract import Hold, Post, Release, Settle
from shangmai.kernel.clock import business_day, timezone
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.books import lot_key, points, side_key
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.members.contract.points import (
    PointsBack,
    PointsHold,
    PointsKind,
    PointsShort,
)
from shangmai.modules.members.queries import levels
from shangmai.modules.members.queries import points as queries
from shangmai.modules.members.rules import points as rules
from shangmai.modules.members.rules.points import Lot
from shangmai.modules.members.service.telling import Move, tell
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopId


async def lock_members(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, ShopFacts]:
    """The shops of those that exist; nobody else spends, takes or lets expire their points until the commit."""
    shops = await levels.lock_customers(tx, ids)
    facts = await organization.get_shops(tx, set(shops.values()))
    return {id_: facts[shop_id] for id_, shop_id in shops.items()}


def today_in(shop: ShopFacts, item: Item) -> date:
    return business_day(item.now, timezone(shop.timezone))


async def points_available(tx: Tx, items: Mapping[CustomerId, Item], *, lock: bool) -> dict[CustomerId, int]:
    """How many points each of these members can spend at the item's time; locked, it stays so until the commit."""
    if lock:
        members = await lock_members(tx, items)
    else:
        shops = await levels.shops_of(tx, items)
        facts = await organization.get_shops(tx, set(shops.values()))
        members = {id_: facts[shop_id] for id_, shop_id in shops.items()}
    lots = await queries.lots_of(tx, members)
    return {id_: rules.total(rules.usable(lots.get(id_, ()), today_in(of, items[id_]))) for id_, of in members.items()}


async def hold_points(tx: Tx, holds: Sequence[PointsHold]) -> dict[UUID, AppError]:
    """Keep points for documents, those that expire first; the documents refused with PointsShort, in order of arrival.

    A document's points stand or fall together. Locks the members in order of id.
    """
    members = await lock_members(tx, {each.customer_id for each in holds})
    lots: dict[CustomerId, list[Lot]] = dict(await queries.lots_of(tx, members))
    refused: dict[UUID, AppError] = {}
    ops: list[Hold] = []
    for each in holds:
        shop = members.get(each.customer_id)
        spendable = rules.usable(lots.get(each.customer_id, ()), today_in(shop, each.item)) if shop else []
        taken = rules.take(spendable, each.points)
        if shop is None or rules.total(taken) < each.points:
            refused[each.doc] = PointsShort(available=rules.total(spendable), wanted=each.points)
            continue
        lots[each.customer_id] = rules.without(lots[each.customer_id], taken)
        ops += [_hold(each, shop.id, lot) for lot in taken]
    _check(await points.hold(tx, ops))
    return refused


def _hold(of: PointsHold, shop_id: ShopId, lot: Lot) -> Hold:
    return Hold(
        id=new_id(),
        debit=lot_key(shop_id, of.customer_id, lot.last_day),
        credit=side_key(PointsKind.SPENT, shop_id),
        amount=lot.available,
        doc=of.doc,
        item=of.item,
        group=of.doc,
    )


async def settle_points(tx: Tx, docs: Mapping[UUID, Item]) -> None:
    """Turn what these documents still keep into spent. Settling again changes nothing."""
    held = await queries.held_by(tx, docs)
    _check(await points.settle(tx, [Settle(hold_id=row["id"], item=docs[row["doc"]]) for row in held]))
    moves = [
        Move(row["customer_id"], row["shop_id"], PointsKind.SPENT, -row["remaining"], row["doc"], docs[row["doc"]])
        for row in held
    ]
    await tell(tx, moves)


async def give_points_back(tx: Tx, backs: Sequence[PointsBack]) -> dict[UUID, int]:
    """Give points back to the lots they came from, those that last longest first; how many, for each document.

    What was spent goes back first, then what is still kept. Points whose last day is over meanwhile come back to a lot
    that is over, and expire. The caller holds the documents' rows, so that no two give back the same at once.
    """
    docs = {each.doc: each for each in backs}
    used, held = await queries.used_by(tx, docs), await queries.held_by(tx, docs)
    given: dict[UUID, int] = {}
    posts, releases = [], []
    for each in backs:
        spent, left = _shares([row for row in used if row["doc"] == each.doc], "used", each.points)
        posts += [(row, n) for row, n in spent]
        kept, left = _shares([row for row in held if row["doc"] == each.doc], "remaining", left)
        releases += [(row, n) for row, n in kept]
        given[each.doc] = sum(n for _, n in spent) + sum(n for _, n in kept)
    _check(await points.post(tx, [_back(row, n, docs[row["doc"]].item) for row, n in posts]))
    _check(
        await points.release(
            tx, [Release(hold_id=row["id"], amount=n, item=docs[row["doc"]].item) for row, n in releases]
        )
    )
    moves = [
        Move(row["customer_id"], row["shop_id"], PointsKind.SPENT, n, row["doc"], docs[row["doc"]].item)
        for row, n in posts
    ]
    await tell(tx, moves)
    return given


def _shares(rows: Iterable[Record], column: str, most: int | None) -> tuple[list[tuple[Record, int]], int | None]:
    """So many of each row, in their order, and how many are left to find; None: all of all."""
    shares = []
    for row in rows:
        part = row[column] if most is None else min(row[column], most)
        if part:
            shares.append((row, part))
            most = None if most is None else most - part
    return shares, most


def _back(row: Record, amount: int, item: Item) -> Post:
    shop_id, customer_id = ShopId(row["shop_id"]), CustomerId(row["customer_id"])
    return Post(
        debit=side_key(PointsKind.SPENT, shop_id),
        credit=lot_key(shop_id, customer_id, row["lot"]),
        amount=amount,
        doc=row["doc"],
        item=item,
    )


def _check(outcomes: Iterable[object]) -> None:
    """The members are locked, or points are only added: the book has nothing to refuse."""
    for outcome in outcomes:
        if isinstance(outcome, AppError):
            raise outcome
