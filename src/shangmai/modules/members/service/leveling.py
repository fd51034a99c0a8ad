"""Levels by rule: what members spend is noted, and gives them their level, and takes it when the period has passed.

Whoever notes or reviews locks the members first, in order of id, so of two orders at once the second counts the first.
A level goes up with the order that reaches it; it goes down when the oldest order that it needs leaves the period: each
member has a time for that, kept when they are looked at, and a schedule looks at those whose time has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract import CustomerId, CustomerNotFound, LevelChanged
from shangmai.modules.members.contract.leveling import (
    LevelRule,
    LevelRuleSet,
    LevelsReviewed,
    LevelStanding,
    LevelStepsUnfit,
    ReviewLevels,
    SetLevelRule,
)
from shangmai.modules.members.contract.points import PointsBase
from shangmai.modules.members.queries import leveling as queries
from shangmai.modules.members.queries import levels
from shangmai.modules.members.rules import levels as rules
from shangmai.modules.members.service.spending import lock_members
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId, ShopNotFound


@action(
    "members.set_level_rule",
    grant="members.set_level_rule",
    scope=lambda do: {"shop": do.shop_id},
    errors=[ShopNotFound, LevelStepsUnfit],
)
async def set_level_rule(tx: Tx, do: SetLevelRule) -> LevelRuleSet:
    """Say which levels members of a shop have by what they spend; all are reviewed soon after.

    Levels that the rule does not know were given by hand and stay. Raises: ShopNotFound, LevelStepsUnfit.
    """
    if do.shop_id not in await organization.get_shops(tx, [do.shop_id]):
        raise ShopNotFound(shop_id=do.shop_id)
    refusal = rules.check_rule(do.rule)
    if refusal is not None:
        raise refusal
    await queries.set_rule(tx, do.shop_id, do.rule)
    await queries.review_all(tx, do.shop_id)
    return LevelRuleSet(shop_id=do.shop_id, rule=do.rule, since=tx.now)


@action("members.review_levels", grant="members.review_levels")
async def review_levels(tx: Tx, do: ReviewLevels) -> LevelsReviewed:
    """Review members whose time has come: what they spent left the period, or the rule was changed.

    A schedule does so every hour. Locks the members in order of id. Event members.level_changed.v1.
    """
    due = await queries.due(tx, do.members_max + 1)
    members = await lock_members(tx, due[: do.members_max])
    shops = {id_: shop.id for id_, shop in members.items()}
    changed = await _review(tx, shops, dict.fromkeys(members, tx.items[0]))
    return LevelsReviewed(reviewed=len(members), changed=changed, more=len(due) > do.members_max)


async def note_spent(tx: Tx, bases: Sequence[PointsBase]) -> None:
    """Note what members paid for and kept of documents, each by what it comes to now, and review their levels.

    Nothing of another currency than the shop's. Event members.level_changed.v1.
    """
    members = await lock_members(tx, {each.customer_id for each in bases})
    mine = [
        (shop.id, each)
        for each in bases
        if (shop := members.get(each.customer_id)) is not None and each.currency == shop.currency
    ]
    if mine:
        await queries.note(tx, mine)
        items = {each.customer_id: each.item for _, each in mine}
        await _review(tx, {each.customer_id: shop_id for shop_id, each in mine}, items)


async def _review(tx: Tx, shops: Mapping[CustomerId, ShopId], items: Mapping[CustomerId, Item]) -> int:
    """Give locked members the level that they have by their shop's rule; how many have another one now."""
    known = await queries.rules_of(tx, set(shops.values())) if shops else {}
    ruled = {id_: known[shop_id][0] for id_, shop_id in shops.items() if shop_id in known and known[shop_id][0].steps}
    spent = await queries.spent_since(tx, {id_: items[id_].now - queries.period(rule) for id_, rule in ruled.items()})
    now = await levels.levels_of(tx, ruled) if ruled else {}
    changes = []
    for id_, rule in sorted(ruled.items()):
        old = now.get(id_, "")
        level = rules.level_by(rule, old, spent[id_].minor)
        if level != old:
            changes.append((id_, shops[id_], level, items[id_]))
            tx.emit(LevelChanged(customer_id=id_, shop_id=shops[id_], old=old, level=level), items[id_])
    if changes:
        await levels.insert(tx, changes)
    if shops:
        await queries.plan(
            tx, {id_: (shop_id, _next(ruled.get(id_), spent.get(id_))) for id_, shop_id in shops.items()}
        )
    return len(changes)


def _next(rule: LevelRule | None, spent: queries.Spent | None) -> datetime | None:
    """When the first of what counts leaves the period; None where that lowers nothing."""
    if rule is None or spent is None or not rule.lowers or spent.first_at is None:
        return None
    return spent.first_at + queries.period(rule)


async def level_rule_of(tx: Tx, shop_id: ShopId) -> LevelRuleSet:
    """A shop's rule; without one, none with no steps."""
    known = (await queries.rules_of(tx, [shop_id])).get(shop_id)
    rule, since = known if known is not None else (LevelRule(), None)
    return LevelRuleSet(shop_id=shop_id, rule=rule, since=since)


async def level_standing(tx: Tx, customer_id: CustomerId) -> LevelStanding:
    """Where a member stands by their shop's rule. Raises: CustomerNotFound."""
    known = await levels.standing_of(tx, [customer_id])
    if customer_id not in known:
        raise CustomerNotFound(customer_id=customer_id)
    shop_id, level = known[customer_id]
    shop = (await organization.get_shops(tx, [shop_id]))[shop_id]
    rule = (await level_rule_of(tx, shop_id)).rule
    since = tx.now - queries.period(rule)
    spent = (await queries.spent_since(tx, {customer_id: since}))[customer_id].minor
    step = rules.next_step(rule, spent)
    return LevelStanding(
        customer_id=customer_id,
        level=level,
        spent_minor=spent,
        currency=shop.currency,
        since=since,
        next_level="" if step is None else step.level,
        missing_minor=0 if step is None else step.spent_minor - spent,
    )
