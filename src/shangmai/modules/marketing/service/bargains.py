"""Bargains: started by a customer, cut down by others, bought at the price they have come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.marketing.contract import (
    Bargain,
    BargainDetail,
    BargainId,
    BargainNotFound,
    BargainOver,
    BargainStarted,
    BargainStatus,
    BargainTerms,
    BoughtBargain,
    BuyBargain,
    HelpBargain,
    HelpedAlready,
    HelpedBargain,
    LowestReached,
    NoBargainPromotion,
    NotCutYet,
    OwnBargain,
    SetBargainTerms,
    StartBargain,
)
from shangmai.modules.marketing.queries import bargains as queries
from shangmai.modules.marketing.queries.bargains import KeptBargain, NewHelp
from shangmai.modules.marketing.rules import bargains as rules
from shangmai.modules.marketing.service.groups import shops_of_customers
from shangmai.modules.members.contract import CustomerId, CustomerNotFound
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OfferedOrder, OrderCanceled, PlaceLine, PlaceOrder
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Bargain as BargainBenefit
from shangmai.modules.pricing.contract import Offer, Promotion, Quote
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound

DRAW_BITS: Final = 62
"""The bits of a UUIDv7 that are random."""


@action("marketing.set_bargain_terms", grant="marketing.manage", errors=[PromotionNotFound, NoBargainPromotion])
async def set_bargain_terms(tx: Tx, do: SetBargainTerms) -> BargainTerms:
    """Say how bargains of a promotion go: how many helps, how long. Those that were started keep their terms.

    Raises: PromotionNotFound, NoBargainPromotion.
    """
    benefit = (await pricing.get_promotions(tx, [do.promotion_id]))[do.promotion_id].benefit
    if not isinstance(benefit, BargainBenefit):
        raise NoBargainPromotion(promotion_id=do.promotion_id)
    await queries.set_terms(tx, do)
    return (await queries.terms_of(tx, [do.promotion_id]))[do.promotion_id]


# --- starting ------------------------------------------------------------------------------------------------------


@action(
    "marketing.start_bargain",
    grant="marketing.start_bargain",
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id, "member": do.customer_id},
    errors=[CustomerNotFound, NoBargainPromotion, BargainStarted, *orders.OFFER_ERRORS],
)
async def start_bargain(tx: Tx, do: Sequence[StartBargain]) -> list[Bargain | AppError]:
    """Start to bargain for one piece, from what it costs the customer now down to the promotion's lowest price.

    Refused where the lowest price would not count, so that nobody helps in vain; and where the customer has an open
    bargain for the SKU.
    """
    promotions = await pricing.get_published(tx, {each.promotion_id for each in do})
    terms = await queries.terms_of(tx, promotions)
    shops = await shops_of_customers(tx, {each.customer_id for each in do})
    outcomes: list[Bargain | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        promotion = promotions.get(each.promotion_id)
        if promotion is None or not isinstance(promotion.benefit, BargainBenefit):
            outcomes.append(NoBargainPromotion(promotion_id=each.promotion_id))
        elif shops.get(each.customer_id) != each.shop_id:
            outcomes.append(CustomerNotFound(customer_id=each.customer_id))
        else:
            of = terms.get(promotion.id) or rules.default_terms(promotion.id)
            outcomes.append(await _start(tx, each, item, promotion, promotion.benefit.lowest_minor, of))
    return outcomes


async def _start(
    tx: Tx, do: StartBargain, item: Item, promotion: Promotion, lowest_minor: int, terms: BargainTerms
) -> Bargain | AppError:
    lines = [PlaceLine(sku_id=do.sku_id)]
    plain = PlaceOrder(shop_id=do.shop_id, lines=lines, customer_id=do.customer_id)
    offer = Offer(promotion_id=promotion.id, price_minor=lowest_minor)
    quote = await orders.preview_offered(tx, OfferedOrder(do=plain, offers={1: offer}, item=item))
    if isinstance(quote, AppError):
        return quote
    new = _new_bargain(do, item, quote, promotion, lowest_minor, terms)
    kept = await queries.insert(tx, new, item)
    if kept.id != new.id:
        return BargainStarted(bargain_id=kept.id, ends_at=kept.ends_at.isoformat())
    return rules.shown(kept, item.now)


def _new_bargain(
    do: StartBargain, item: Item, quote: Quote, promotion: Promotion, lowest_minor: int, terms: BargainTerms
) -> KeptBargain:
    ends_at, until = item.now + timedelta(hours=terms.hours), promotion.when.period.end
    return KeptBargain(
        id=BargainId(new_id()),
        shop_id=do.shop_id,
        promotion_id=promotion.id,
        sku_id=do.sku_id,
        customer_id=do.customer_id,
        list_minor=quote.lines[0].unit_list_minor,
        lowest_minor=lowest_minor,
        cut_minor=0,
        helps=0,
        helps_max=terms.helps,
        pay_minutes=terms.pay_minutes,
        status=BargainStatus.OPEN,
        started_at=item.now,
        ends_at=ends_at if until is None else min(ends_at, until),
        order_id=None,
    )


# --- helping -------------------------------------------------------------------------------------------------------


async def scopes_of_helpers(tx: Tx, do: Sequence[HelpBargain]) -> list[Scope | None]:
    """The shop of each item's bargain, and the customer who helps; None where there is no such bargain."""
    found = await queries.get(tx, {each.bargain_id for each in do})
    return [
        {"shop": found[each.bargain_id].shop_id, "member": each.customer_id} if each.bargain_id in found else None
        for each in do
    ]


@action(
    "marketing.help_bargain",
    grant="marketing.help_bargain",
    many=True,
    public=True,
    scopes_of=scopes_of_helpers,
    errors=[BargainNotFound, CustomerNotFound, BargainOver, OwnBargain, HelpedAlready, LowestReached],
)
async def help_bargain(tx: Tx, do: Sequence[HelpBargain]) -> list[HelpedBargain | AppError]:
    """Cut the prices of bargains, each by an amount that is drawn and kept; the last help reaches the lowest exactly.

    Locks the bargains in order of id, so helps come one after the other.
    """
    kept = await queries.lock(tx, {each.bargain_id for each in do})
    helpers = {id_: {h.customer_id for h in helps} for id_, helps in (await queries.helps_of(tx, kept)).items()}
    shops = await shops_of_customers(tx, {each.customer_id for each in do})
    outcomes: list[HelpedBargain | AppError] = []
    given: list[NewHelp] = []
    for each, item in zip(do, tx.items, strict=True):
        outcome = _help(kept.get(each.bargain_id), each, helpers.setdefault(each.bargain_id, set()), shops, item)
        if isinstance(outcome, NewHelp):
            after = _after(kept[outcome.bargain_id], outcome)
            kept[after.id] = after
            helpers[after.id].add(outcome.customer_id)
            given.append(outcome)
            outcomes.append(HelpedBargain(bargain=rules.shown(after, item.now), cut_minor=outcome.cut_minor))
        else:
            outcomes.append(outcome)
    if given:
        await queries.insert_helps(tx, given)
    return outcomes


def _help(
    bargain: KeptBargain | None,
    do: HelpBargain,
    helpers: set[CustomerId],
    shops: Mapping[CustomerId, ShopId],
    item: Item,
) -> NewHelp | AppError:
    if bargain is None:
        return BargainNotFound(bargain_id=do.bargain_id)
    if shops.get(do.customer_id) != bargain.shop_id:
        return CustomerNotFound(customer_id=do.customer_id)
    refusal = rules.check_help(bargain, helpers, do.customer_id, item.now)
    if refusal is not None:
        return refusal
    draw = new_id().int & ((1 << DRAW_BITS) - 1)
    left_minor = bargain.price_minor - bargain.lowest_minor
    return NewHelp(
        bargain_id=bargain.id,
        n=bargain.helps + 1,
        customer_id=do.customer_id,
        cut_minor=rules.cut(left_minor, bargain.helps_max - bargain.helps, draw),
        item=item,
    )


def _after(bargain: KeptBargain, given: NewHelp) -> KeptBargain:
    return replace(bargain, helps=given.n, cut_minor=bargain.cut_minor + given.cut_minor)


# --- buying --------------------------------------------------------------------------------------------------------


async def scopes_of_bargainers(tx: Tx, do: Sequence[BuyBargain]) -> list[Scope | None]:
    """The shop and the customer of each item's bargain; None where there is no such bargain."""
    found = await queries.get(tx, {each.bargain_id for each in do})
    return [
        {"shop": found[each.bargain_id].shop_id, "member": found[each.bargain_id].customer_id}
        if each.bargain_id in found
        else None
        for each in do
    ]


@action(
    "marketing.buy_bargain",
    grant="marketing.buy_bargain",
    many=True,
    public=True,
    scopes_of=scopes_of_bargainers,
    errors=[BargainNotFound, BargainOver, NotCutYet, *orders.OFFER_ERRORS],
)
async def buy_bargain(tx: Tx, do: Sequence[BuyBargain]) -> list[BoughtBargain | AppError]:
    """Order the pieces of bargains at the prices they have come to; a bargain is bought once.

    When its order is canceled, also because it was not paid in `pay_minutes`, it can be bought again until it ends.
    Locks the bargains in order of id. Event orders.placed.v1.
    """
    kept = await queries.lock(tx, {each.bargain_id for each in do})
    outcomes: dict[int, BoughtBargain | AppError] = {}
    live: dict[int, OfferedOrder] = {}
    for index, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        bargain = kept.get(each.bargain_id)
        refusal = _check_buy(bargain, each, item)
        if refusal is not None or bargain is None:
            outcomes[index] = refusal or BargainNotFound(bargain_id=each.bargain_id)
        else:
            live[index] = _order(bargain, each, item)
            kept[bargain.id] = replace(bargain, status=BargainStatus.BOUGHT)
    placed = await orders.place_offered(tx, list(live.values())) if live else []
    bought = {}
    for index, order in zip(live, placed, strict=True):
        if isinstance(order, AppError):
            outcomes[index] = order
        else:
            bargain = replace(kept[do[index].bargain_id], order_id=order.id)
            bought[bargain.id] = order.id
            outcomes[index] = BoughtBargain(bargain=rules.shown(bargain, tx.items[index].now), order=order)
    if bought:
        await queries.note_bought(tx, bought)
    return [outcomes[index] for index in range(len(do))]


def _check_buy(bargain: KeptBargain | None, do: BuyBargain, item: Item) -> AppError | None:
    if bargain is None:
        return BargainNotFound(bargain_id=do.bargain_id)
    refusal = rules.check_open(bargain, item.now)
    if refusal is not None:
        return refusal
    return None if bargain.cut_minor else NotCutYet()


def _order(bargain: KeptBargain, do: BuyBargain, item: Item) -> OfferedOrder:
    place = PlaceOrder(
        shop_id=bargain.shop_id,
        lines=[PlaceLine(sku_id=bargain.sku_id)],
        customer_id=bargain.customer_id,
        warehouse_id=do.warehouse_id,
        receiver=do.receiver,
        note=do.note,
        expected_total_minor=do.expected_total_minor,
        hold_minutes=bargain.pay_minutes,
    )
    offer = Offer(promotion_id=bargain.promotion_id, price_minor=bargain.price_minor)
    return OfferedOrder(do=place, offers={1: offer}, item=item)


async def follow_canceled(tx: Tx, events: Sequence[OrderCanceled]) -> None:
    """Let the bargains of canceled orders be bought again. Doing it again changes nothing."""
    await queries.open_again(tx, {event.order_id for event in events})


# --- looking -------------------------------------------------------------------------------------------------------


async def get_bargain(tx: Tx, id_: BargainId) -> BargainDetail:
    """A bargain with its helps. Raises: BargainNotFound."""
    bargain = (await queries.get(tx, [id_])).get(id_)
    if bargain is None:
        raise BargainNotFound(bargain_id=id_)
    return BargainDetail(bargain=rules.shown(bargain, tx.now), helps=(await queries.helps_of(tx, [id_]))[id_])


async def prove_bargains(tx: Tx) -> list[Divergence]:
    """What was cut off = the sum of the helps' cuts, and as many helps as are counted."""
    return [
        Divergence("marketing", "cuts", str(row["id"]), row["kept"], row["proven"])
        for row in await queries.divergences(tx)
    ]
