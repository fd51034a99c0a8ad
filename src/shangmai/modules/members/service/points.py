"""The policy of points, adjusting them, letting them expire, and what can be read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from asyncpg import Record

from shangmai.kernel.actions.contract import action
from shangmai.kernel.books.contract import Divergence, Post, Short
from shangmai.kernel.errors import AppError
from shangmai.kernel.http.paging import Page, decode_cursor, encode_cursor
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.members.books import lot_key, points, side_key
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.members.contract.points import (
    NEVER,
    AdjustPoints,
    ExpirePoints,
    PointsBalance,
    PointsComeToNothing,
    PointsExpired,
    PointsKind,
    PointsLine,
    PointsLot,
    PointsPolicySet,
    PointsShort,
    SetPointsPolicy,
)
from shangmai.modules.members.queries import levels
from shangmai.modules.members.queries import points as queries
from shangmai.modules.members.rules import points as rules
from shangmai.modules.members.rules.points import Lot
from shangmai.modules.members.service.spending import lock_members, today_in
from shangmai.modules.members.service.telling import NO_POLICY, Move, tell
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound, ShopFacts

NEWEST: Final = 2**63 - 1
WESTMOST: Final = timedelta(hours=12)
"""How far behind UTC the last place is where a day ends."""


@action(
    "members.set_points_policy",
    grant="members.set_points_policy",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound],
)
async def set_points_policy(tx: Tx, do: SetPointsPolicy) -> PointsPolicySet:
    """Say how a company's members earn points and when they expire, from now on. Every policy is kept.

    Points that are there keep their last day; an order that has earned keeps its step. Raises: CompanyNotFound.
    """
    if do.company_id not in await organization.get_companies(tx, {do.company_id}):
        raise CompanyNotFound(company_id=do.company_id)
    await queries.insert_policy(tx, do.company_id, do.policy)
    return PointsPolicySet(company_id=do.company_id, policy=do.policy, since=tx.now)


async def get_points_policy(tx: Tx, company_id: CompanyId) -> PointsPolicySet:
    """The policy in force; the one that gives nothing where none was set."""
    found = await queries.policies(tx, [company_id])
    return found.get(company_id) or PointsPolicySet(company_id=company_id, policy=NO_POLICY)


@action(
    "members.adjust_points",
    grant="members.adjust_points",
    errors=[CustomerNotFound, PointsShort, PointsComeToNothing],
)
async def adjust_points(tx: Tx, do: AdjustPoints) -> PointsBalance:
    """Give a member points, with the last day that the policy gives them, or take some, those that expire first.

    Points that orders hold are not taken. Event members.points_moved.v1.
    Raises: CustomerNotFound, PointsShort, PointsComeToNothing.
    """
    if not do.points:
        raise PointsComeToNothing()
    shop = (await lock_members(tx, [do.customer_id])).get(do.customer_id)
    if shop is None:
        raise CustomerNotFound(customer_id=do.customer_id)
    doc, item = new_id(), tx.items[0]
    parts = await (_to_give(tx, shop, do) if do.points > 0 else _to_take(tx, shop, do))
    await queries.insert_adjustment(tx, doc, shop.id, do)
    side = side_key(PointsKind.ADJUSTED, shop.id)
    keys = [lot_key(shop.id, do.customer_id, part.last_day) for part in parts]
    pairs = [(side, key) if do.points > 0 else (key, side) for key in keys]
    posts = [
        Post(debit=debit, credit=credit, amount=part.available, doc=doc, item=item)
        for (debit, credit), part in zip(pairs, parts, strict=True)
    ]
    for outcome in await points.post(tx, posts):
        assert not isinstance(outcome, AppError), "the member is locked, so the lots stand still"
    await tell(tx, [Move(do.customer_id, shop.id, PointsKind.ADJUSTED, do.points, doc, item)])
    return await get_points(tx, do.customer_id)


async def _to_give(tx: Tx, shop: ShopFacts, do: AdjustPoints) -> list[Lot]:
    policy = (await get_points_policy(tx, shop.company_id)).policy
    return [Lot(rules.last_day(policy, today_in(shop, tx.items[0])), do.points)]


async def _to_take(tx: Tx, shop: ShopFacts, do: AdjustPoints) -> list[Lot]:
    """Raises: PointsShort."""
    lots = (await queries.lots_of(tx, [do.customer_id])).get(do.customer_id, [])
    there = rules.usable(lots, today_in(shop, tx.items[0]))
    if rules.total(there) < -do.points:
        raise PointsShort(available=rules.total(there), wanted=-do.points)
    return rules.take(there, -do.points)


@action("members.expire_points", grant="members.expire_points")
async def expire_points(tx: Tx, do: ExpirePoints) -> PointsExpired:
    """Let the points expire whose last day is over everywhere on Earth; in its shop nobody could spend them by then.

    A schedule does so every hour. Points that orders hold stay until the order is paid or canceled. Event
    members.points_moved.v1 for each member.
    """
    due = await queries.due_members(tx, (tx.now - WESTMOST).date(), do.members_max + 1)
    members = await lock_members(tx, due[: do.members_max])
    lots = await queries.lots_of(tx, members)
    posts, moves = [], []
    for customer_id, shop in members.items():
        over = [lot for lot in lots[customer_id] if lot.available > 0 and lot.last_day < today_in(shop, tx.items[0])]
        doc = new_id()
        side = side_key(PointsKind.EXPIRED, shop.id)
        posts += [
            Post(
                debit=lot_key(shop.id, customer_id, lot.last_day),
                credit=side,
                amount=lot.available,
                doc=doc,
                item=tx.items[0],
            )
            for lot in over
        ]
        if over:
            moves.append(Move(customer_id, shop.id, PointsKind.EXPIRED, -rules.total(over), doc, tx.items[0]))
    for outcome in await points.post(tx, posts):
        assert not isinstance(outcome, Short), "the members are locked, so the lots stand still"
    await tell(tx, moves)
    gone = -sum(move.points for move in moves)
    return PointsExpired(members=len(moves), points=gone, more=len(due) > do.members_max)


# --- reading -------------------------------------------------------------------------------------------------------


async def get_points(tx: Tx, customer_id: CustomerId) -> PointsBalance:
    """What a member has. Raises: CustomerNotFound."""
    shops = await levels.shops_of(tx, [customer_id])
    if customer_id not in shops:
        raise CustomerNotFound(customer_id=customer_id)
    shop = (await organization.get_shops(tx, {shops[customer_id]}))[shops[customer_id]]
    today = today_in(shop, tx.items[0])
    rows = [row for row in await queries.balances(tx, customer_id) if row["lot"] >= today or row["held"]]
    lots = [
        PointsLot(
            last_day=_day(row),
            available=row["posted"] - row["held"] if row["lot"] >= today else 0,
            held=row["held"],
        )
        for row in rows
    ]
    return PointsBalance(
        customer_id=customer_id,
        available=sum(lot.available for lot in lots),
        held=sum(lot.held for lot in lots),
        lots=tuple(lots),
    )


async def list_points_lines(
    tx: Tx, customer_id: CustomerId, *, cursor: str | None = None, limit: int = 50
) -> Page[PointsLine]:
    """A member's statement, the newest line first; the cursor carries the balance on. Raises: CustomerNotFound."""
    if customer_id not in await levels.shops_of(tx, [customer_id]):
        raise CustomerNotFound(customer_id=customer_id)
    after = decode_cursor(cursor, int, int)
    before, balance = after or (NEWEST, await queries.posted_total(tx, customer_id))
    rows = await queries.lines_before(tx, customer_id, before, limit + 1)
    lines = []
    for row in rows[:limit]:
        lines.append(_line(row, balance))
        balance -= row["points"]
    more = len(rows) > limit
    return Page(items=lines, next=encode_cursor(rows[limit - 1]["id"], balance) if more else None)


def _line(row: Record, balance: int) -> PointsLine:
    return PointsLine(
        at=row["at"],
        kind=PointsKind(row["kind"]),
        points=row["points"],
        balance=balance,
        last_day=_day(row),
        doc=row["doc"],
        cause=row["cause"],
        reason=row["reason"],
    )


def _day(row: Record) -> date | None:
    last_day: date = row["lot"]
    return None if last_day == NEVER else last_day


async def prove(tx: Tx) -> list[Divergence]:
    """The book of points re-added, and earnings and adjustments compared with it."""
    return await points.prove(tx) + await queries.diverging(tx)
