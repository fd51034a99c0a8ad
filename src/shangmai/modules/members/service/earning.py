"""Earning points with what was paid, and taking them back with what went back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.books.contract import Post
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.books import lot_key, points, side_key
from shangmai.modules.members.contract.points import PointsBase, PointsKind
from shangmai.modules.members.queries import points as queries
from shangmai.modules.members.queries.points import Earning
from shangmai.modules.members.rules import points as rules
from shangmai.modules.members.rules.points import Lot
from shangmai.modules.members.service.spending import lock_members, today_in
from shangmai.modules.members.service.telling import Move, tell


async def earn_points(tx: Tx, bases: Sequence[PointsBase]) -> None:
    """Give members the points for what they paid, by the policy in force, once for each document.

    Nothing without a policy or for a time before it, nor in another currency than the shop's. Locks the members in
    order of id.
    """
    known = await queries.earnings_of(tx, {each.doc for each in bases})
    members = await lock_members(tx, {each.customer_id for each in bases})
    policies = await queries.policies(tx, {shop.company_id for shop in members.values()})
    made: dict[UUID, tuple[Earning, Item]] = {}
    for each in bases:
        shop = members.get(each.customer_id)
        if shop is None or each.doc in known or each.currency != shop.currency or shop.company_id not in policies:
            continue
        since, policy = policies[shop.company_id].since, policies[shop.company_id].policy
        if since is None or each.item.now < since:
            continue
        earning = Earning(
            doc=each.doc,
            shop_id=shop.id,
            customer_id=each.customer_id,
            step_points=policy.earn_points,
            step_minor=policy.earn_each_minor,
            points=rules.earned(policy.earn_points, policy.earn_each_minor, each.paid_minor),
            back_points=0,
            lot=rules.last_day(policy, today_in(shop, each.item)),
        )
        if earning.points:
            made[each.doc] = (earning, each.item)
    if made:
        await queries.insert_earnings(tx, list(made.values()))
        await points.post(tx, [_given(earning, item) for earning, item in made.values()])
        await tell(tx, [_move(e, e.points, item) for e, item in made.values()])


def _given(earning: Earning, item: Item) -> Post:
    return Post(
        debit=side_key(PointsKind.EARNED, earning.shop_id),
        credit=lot_key(earning.shop_id, earning.customer_id, earning.lot),
        amount=earning.points,
        doc=earning.doc,
        item=item,
    )


async def take_points_back(tx: Tx, bases: Sequence[PointsBase]) -> None:
    """Take back what documents have earned too much, now that this is what is left paid; again, nothing more.

    First from the lot that they were earned into, then those that last longest. Who has spent them keeps the rest: it
    is told as `short`, and taken when another return finds points there. Locks the members in order of id.
    """
    known = await queries.earnings_of(tx, {each.doc for each in bases})
    earned = [(known[each.doc], each) for each in bases if each.doc in known]
    if not earned:
        return
    members = await lock_members(tx, {earning.customer_id for earning, _ in earned})
    lots = dict(await queries.lots_of(tx, members))
    posts, moves, taken = [], [], {}
    for earning, each in earned:
        due = earning.points - earning.back_points
        due -= rules.earned(earning.step_points, earning.step_minor, each.paid_minor)
        if due <= 0:
            continue
        own = lots.get(earning.customer_id, [])
        parts = rules.take(sorted(own, key=lambda lot: (lot.last_day != earning.lot, -lot.last_day.toordinal())), due)
        lots[earning.customer_id] = rules.without(own, parts)
        back = rules.total(parts)
        taken[earning.doc] = back
        posts += [_taken(earning, part, each.item) for part in parts]
        moves.append(_move(earning, -back, each.item, short=due - back))
    await points.post(tx, posts)
    if taken:
        await queries.add_taken_back(tx, taken)
    await tell(tx, moves)


def _taken(earning: Earning, part: Lot, item: Item) -> Post:
    return Post(
        debit=lot_key(earning.shop_id, earning.customer_id, part.last_day),
        credit=side_key(PointsKind.EARNED, earning.shop_id),
        amount=part.available,
        doc=earning.doc,
        item=item,
    )


def _move(earning: Earning, signed: int, item: Item, short: int = 0) -> Move:
    return Move(earning.customer_id, earning.shop_id, PointsKind.EARNED, signed, earning.doc, item, short)
