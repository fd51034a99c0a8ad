"""Pure decisions on groups: which sizes are offered, who may join, when one is complete."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from shangmai.kernel.errors import AppError
from shangmai.modules.marketing.contract import (
    CustomerInGroup,
    Group,
    GroupFull,
    GroupOver,
    GroupSizeNotOffered,
    GroupStatus,
    GroupTerms,
    SetGroupTerms,
)
from shangmai.modules.marketing.queries.groups import KeptGroup
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import Order, PaymentStatus, Status
from shangmai.modules.pricing.contract import GroupBuy, Promotion, PromotionId


def default_terms(promotion_id: PromotionId) -> GroupTerms:
    """The terms of a promotion for which none were set."""
    plain = SetGroupTerms(promotion_id=promotion_id)
    return GroupTerms(
        promotion_id=promotion_id,
        hours=plain.hours,
        pay_minutes=plain.pay_minutes,
        sizes=plain.sizes,
        one_at_a_time=plain.one_at_a_time,
    )


def smallest_tier(benefit: GroupBuy) -> int:
    return min(tier.size for tier in benefit.tiers)


def size_of(wanted: int | None, terms: GroupTerms, benefit: GroupBuy) -> int | AppError:
    """The size of a group: the one wanted if it is offered, or the only one that is."""
    offered = sorted(set(terms.sizes or (tier.size for tier in benefit.tiers)))
    if wanted is None and len(offered) == 1:
        return offered[0]
    if wanted in offered:
        assert wanted is not None
        return wanted
    return GroupSizeNotOffered(sizes=" / ".join(map(str, offered)))


def closes_at(opened_at: datetime, terms: GroupTerms, promotion: Promotion) -> datetime:
    """When a group opened then is over: after its hours, or with its promotion."""
    end = opened_at + timedelta(hours=terms.hours)
    until = promotion.when.period.end
    return end if until is None else min(end, until)


def check_join(
    group: KeptGroup, taken: int, members: Collection[CustomerId], who: CustomerId, at: datetime
) -> AppError | None:
    """The refusal where a group is over, full with this many seats taken, or has the customer already."""
    if group.status is not GroupStatus.OPEN or at >= group.closes_at:
        return GroupOver(group_id=group.id)
    if who in members:
        return CustomerInGroup(group_id=group.id)
    if taken >= group.size:
        return GroupFull(group_id=group.id)
    return None


def has_paid(order: Order) -> bool:
    return order.payment_status is PaymentStatus.PAID and order.status is not Status.CANCELED


def is_complete(group: KeptGroup, orders: Sequence[Order]) -> bool:
    """Whether as many orders are paid, and not canceled, as the group has seats."""
    return sum(has_paid(order) for order in orders) >= group.size


def shown(group: KeptGroup, now: datetime) -> Group:
    """The group as people see it."""
    is_open = group.status is GroupStatus.OPEN
    return Group(
        id=group.id,
        shop_id=group.shop_id,
        promotion_id=group.promotion_id,
        product_id=group.product_id,
        sku_id=group.sku_id,
        size=group.size,
        seats_left=group.size - group.taken if is_open else 0,
        status=group.status,
        opened_at=group.opened_at,
        closes_at=group.closes_at,
        seconds_left=max(int((group.closes_at - now).total_seconds()), 0) if is_open else 0,
        closed_at=group.closed_at,
    )
