"""What a mall shows of offers to anybody, and to who is signed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from shangmai.kernel.actors import Actor
from shangmai.kernel.tx import Tx
from shangmai.modules.marketing.contract import BargainId, Group, GroupId
from shangmai.modules.marketing.contract.offered import (
    SharedBargain,
    ShownBargain,
    ShownGroupBuy,
    ShownOffer,
    ShownPresale,
)
from shangmai.modules.marketing.queries import bargains, groups, presales
from shangmai.modules.marketing.rules import bargains as bargain_rules
from shangmai.modules.marketing.rules import groups as group_rules
from shangmai.modules.marketing.service.bargains import get_bargain
from shangmai.modules.marketing.service.looking import get_group
from shangmai.modules.marketing.service.presales import default_terms
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Bargain as BargainBenefit
from shangmai.modules.pricing.contract import DepositPresale, GroupBuy, Promotion

NOBODY = CustomerId(UUID(int=0))


async def offers_shown(tx: Tx, shop_id: ShopId) -> list[ShownOffer]:
    """The group buys, bargains and pre-sales that run in a shop now and name their goods, in five statements."""
    running = [
        each
        for each in await pricing.published_promotions(tx)
        if isinstance(each.benefit, GroupBuy | BargainBenefit | DepositPresale)
        and (not each.scope.shops or shop_id in each.scope.shops)
        and each.when.period.start <= tx.now
        and (each.when.period.end is None or tx.now < each.when.period.end)
    ]
    ids = [each.id for each in running]
    group_terms = await groups.terms_of(tx, ids)
    bargain_terms = await bargains.terms_of(tx, ids)
    presale_terms = await presales.terms_of(tx, ids)
    shown: list[ShownOffer] = []
    for each in running:
        of, benefit = _common(each), each.benefit
        if isinstance(benefit, GroupBuy):
            terms = group_terms.get(each.id) or group_rules.default_terms(each.id)
            sizes = terms.sizes or tuple(tier.size for tier in benefit.tiers)
            shown.append(ShownGroupBuy(**of, tiers=benefit.tiers, sizes=sizes, hours=terms.hours))
        elif isinstance(benefit, BargainBenefit):
            how = bargain_terms.get(each.id) or bargain_rules.default_terms(each.id)
            shown.append(ShownBargain(**of, lowest_minor=benefit.lowest_minor, helps=how.helps, hours=how.hours))
        elif isinstance(benefit, DepositPresale):
            kept = presale_terms.get(each.id) or default_terms(each.id)
            shown.append(
                ShownPresale(
                    **of,
                    deposit_minor=benefit.deposit_minor,
                    worth_minor=benefit.worth_minor,
                    balance_from=benefit.balance.start,
                    balance_until=benefit.balance.end,
                    keep_deposit=kept.keep_deposit,
                )
            )
    return shown


def _common(promotion: Promotion) -> dict[str, Any]:
    include = promotion.scope.include
    return {
        "promotion_id": promotion.id,
        "name": promotion.name,
        "name_en": promotion.name_en,
        "products": include.products,
        "skus": include.skus,
        "ends_at": promotion.when.period.end,
    }


async def group_shown(tx: Tx, id_: GroupId) -> Group:
    """A group without its members. Raises: GroupNotFound."""
    return (await get_group(tx, id_)).group


async def bargain_shown(tx: Tx, actor: Actor, id_: BargainId) -> SharedBargain:
    """A bargain without who it is, and whether the caller's it is. Raises: BargainNotFound."""
    found = await get_bargain(tx, id_)
    me = members.find_customer_of(actor)
    is_own = me == found.bargain.customer_id
    return SharedBargain(
        bargain=found.bargain if is_own else replace(found.bargain, customer_id=NOBODY, order_id=None),
        cuts=tuple(help_.cut_minor for help_ in found.helps),
        is_own=is_own,
        has_helped=me is not None and any(help_.customer_id == me for help_ in found.helps),
    )
