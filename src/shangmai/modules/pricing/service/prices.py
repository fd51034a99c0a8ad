"""Finding unit prices for a batch: few set-based reads, then pure decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from shangmai.kernel import clock
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.places import SkuPlace
from shangmai.modules.ledger import service as ledger
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.asking import PriceAsk, PriceLine
from shangmai.modules.pricing.contract.price_lists import (
    NoPriceInCurrency,
    PriceEntry,
    PriceList,
    PriceListId,
    UnitPrice,
)
from shangmai.modules.pricing.queries import price_lists as queries
from shangmai.modules.pricing.rules import price_lists as rules
from shangmai.modules.pricing.rules.price_lists import PriceContext, PricedSku, Rates

DayRates = Mapping[tuple[str, str, date], Decimal]


class Buyers(Struct, frozen=True):
    """The shops and levels of a batch's customers."""

    shops: Mapping[CustomerId, ShopId]
    levels: Mapping[CustomerId, str]


ListsOf = Mapping[CustomerId, set[PriceListId]]
"""The customer price lists with prices that may matter, by customer."""


async def find_prices(tx: Tx, asks: Sequence[PriceAsk]) -> list[list[UnitPrice | AppError]]:
    """Give each line's price of one piece and what set it, or that none can be told in the shop's currency.

    Five statements at most, however many asks. Refusals: NoPriceInCurrency.
    """
    places = await catalog.places_of(tx, {line.sku.id for ask in asks for line in ask.lines})
    return await prices_at(tx, asks, places, await find_buyers(tx, asks))


async def find_buyers(tx: Tx, asks: Sequence[PriceAsk]) -> Buyers:
    customers = {ask.customer_id for ask in asks if ask.customer_id is not None}
    if not customers:
        return Buyers({}, {})
    standing = await members.standing_of(tx, customers)
    return Buyers(
        {id_: shop_id for id_, (shop_id, _) in standing.items()},
        {id_: level for id_, (_, level) in standing.items() if level},
    )


async def prices_at(
    tx: Tx,
    asks: Sequence[PriceAsk],
    places: Mapping[SkuId, SkuPlace],
    buyers: Buyers,
    *,
    with_lists: bool = True,
) -> list[list[UnitPrice | AppError]]:
    """As `find_prices`, with what is known of the SKUs and buyers already; without lists, SKUs' own prices."""
    if not asks:
        return []
    since = min(ask.at for ask in asks)
    lists: Mapping[UUID, PriceList] = {}
    entries: Sequence[PriceEntry] = ()
    lists_of: ListsOf = {}
    if with_lists:
        lists, entries, lists_of = await queries.lists_and_entries(tx, _wanted(asks, places, buyers), since)
    rates = await _rates(tx, asks, {of.currency for of in lists.values()})
    by_target: dict[UUID, list[PriceEntry]] = {}
    for entry in entries:
        by_target.setdefault(entry.target_id, []).append(entry)
    told: list[list[UnitPrice | AppError]] = []
    for ask in asks:
        context, day = _context(ask, buyers, lists_of), _day(ask)
        that_day = {(currency, quote): rate for (currency, quote, of), rate in rates.items() if of == day}
        told.append([_price(context, line, places, lists, by_target, that_day, day) for line in ask.lines])
    return told


def _wanted(asks: Sequence[PriceAsk], places: Mapping[SkuId, SkuPlace], buyers: Buyers) -> queries.Wanted:
    targets = {id_ for p in places.values() for id_ in (p.sku_id, p.product_id, *p.category_ids)}
    return queries.Wanted(
        targets=targets,
        channels={ask.shop.kind.value for ask in asks},
        shops={ask.shop.id for ask in asks},
        levels=set(buyers.levels.values()),
        customers={ask.customer_id for ask in asks if ask.customer_id is not None},
    )


def _context(ask: PriceAsk, buyers: Buyers, lists_of: ListsOf) -> PriceContext:
    customer = ask.customer_id
    return PriceContext(
        currency=ask.shop.currency,
        at=ask.at,
        channel=ask.shop.kind.value,
        shop_id=ask.shop.id,
        level="" if customer is None else buyers.levels.get(customer, ""),
        customer_id=customer,
        customer_lists=frozenset(() if customer is None else lists_of.get(customer, ())),
    )


def _price(
    context: PriceContext,
    line: PriceLine,
    places: Mapping[SkuId, SkuPlace],
    lists: Mapping[UUID, PriceList],
    by_target: Mapping[UUID, list[PriceEntry]],
    rates: Rates,
    day: date,
) -> UnitPrice | AppError:
    sku, place = line.sku, places[line.sku.id]
    priced = PricedSku(
        sku_id=sku.id,
        product_id=place.product_id,
        category_ids=place.category_ids,
        own_minor=place.other_prices.get(context.currency, sku.price_minor),
        own_currency=context.currency if context.currency in place.other_prices else sku.currency,
    )
    targets = (sku.id, place.product_id, *place.category_ids)
    entries = [entry for target in targets for entry in by_target.get(target, ())]
    found = rules.find_price(context, priced, line.qty, lists, entries, rates)
    if found is not None:
        return found
    return NoPriceInCurrency(sku=sku.code, currency=sku.currency, wanted=context.currency, day=day.isoformat())


async def _rates(tx: Tx, asks: Sequence[PriceAsk], of_lists: set[str]) -> DayRates:
    """The rates, in both directions, that a conversion may need."""
    wanted = set()
    for ask in asks:
        day = _day(ask)
        for currency in of_lists | {line.sku.currency for line in ask.lines}:
            if currency != ask.shop.currency:
                wanted |= {(currency, ask.shop.currency, day), (ask.shop.currency, currency, day)}
    return await ledger.rates_on(tx, wanted)


def _day(ask: PriceAsk) -> date:
    return clock.business_day(ask.at, clock.timezone(ask.shop.timezone))
