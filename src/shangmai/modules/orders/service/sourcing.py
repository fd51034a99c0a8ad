"""From where orders would be sent now: their goods, the stock, the carriers' prices, and the choice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Warehouse, WarehouseId
from shangmai.modules.inventory.contract.channels import ShopShare
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import CarrierCard, Rate, RegionUnknown
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import Order, OrderId, OrderLine, OrderNotFound
from shangmai.modules.orders.contract.sourcing import (
    Need,
    NoDestination,
    OrderSourcing,
    Site,
    Weights,
    WhyNot,
    Withheld,
)
from shangmai.modules.orders.contract.units import UnitPolicy
from shangmai.modules.orders.queries import sourcing as tables
from shangmai.modules.orders.queries.units import unit_policies
from shangmai.modules.orders.rules import sourcing as rules
from shangmai.modules.orders.service.receiving import opened
from shangmai.modules.organization.contract import CompanyId, ShopId

Stock = dict[WarehouseId, dict[SkuId, int]]
Place = tuple[SkuId, WarehouseId]
ShopPlace = tuple[ShopId, SkuId, WarehouseId]
Loads = Mapping[WarehouseId, int]
LOAD_MAX: Final = 1000
"""Ten days of work at hand is as busy as it gets."""


class Busy(NamedTuple):
    """How busy warehouses are, and for how many days pieces have stood there."""

    loads: Loads
    ages: Stock


class Ready(NamedTuple):
    """Pieces for orders: those that can be held and that the orders hold, and what shops may have where they divide it.

    `held`: by order and place, what orders hold where shops divide; it is none of `stock`.
    """

    stock: Stock
    shares: Mapping[ShopPlace, ShopShare]
    held: Mapping[OrderId, Mapping[Place, int]]

    def of(self, one: _Sent) -> dict[WarehouseId, dict[SkuId, int]]:
        """What there is for one order alone."""
        found = {id_: dict(self.stock[id_]) for id_ in one.rates}
        for place, share in self._shares(one):
            sku_id, id_ = place
            found[id_][sku_id] = share.qty + self.held.get(one.order.id, {}).get(place, 0)
        return found

    def withheld(self, one: _Sent) -> tuple[Withheld, ...]:
        """What stands where an order could be sent from, and is not for its shop."""
        found = (rules.withheld(sku_id, id_, share) for (sku_id, id_), share in self._shares(one))
        return tuple(each for each in found if each is not None)

    def pools(self, some: Sequence[_Sent]) -> dict[tuple[WarehouseId, SkuId], rules.Pool]:
        """What shops divide, for orders that are planned together."""
        slices: dict[Place, dict[ShopId, rules.Slice]] = defaultdict(dict)
        unlocked: dict[Place, int] = {}
        for one in some:
            for place, share in self._shares(one):
                shop_id = one.order.shop_id
                before = slices[place].get(shop_id)
                held = self.held.get(one.order.id, {}).get(place, 0) + (before.held if before else 0)
                slices[place][shop_id] = rules.Slice(most=share.most, locked=share.locked, held=held)
                unlocked[place] = share.unlocked
        return {(id_, sku): rules.Pool(unlocked=unlocked[sku, id_], slices=each) for (sku, id_), each in slices.items()}

    def _shares(self, one: _Sent) -> Iterator[tuple[Place, ShopShare]]:
        for sku_id in dict.fromkeys(need.sku_id for need in one.needs):
            for id_ in one.rates:
                share = self.shares.get((one.order.shop_id, sku_id, id_))
                if share is not None:
                    yield (sku_id, id_), share


class _Sent(NamedTuple):
    """An order to be sent: what it needs, to where, and who reaches its receiver."""

    order: Order
    needs: tuple[Need, ...]
    region: str
    rates: dict[WarehouseId, Rate]
    left_out: dict[WarehouseId, WhyNot]


async def sourcing_of(tx: Tx, order_id: OrderId, weights: Weights | None = None) -> OrderSourcing:
    """Tell from where an order's pieces would be sent now, why, and the next best. Nothing is held or moved.

    Raises: OrderNotFound, NoDestination.
    """
    if order_id not in await queries.get(tx, [order_id]):
        raise OrderNotFound(order_id=order_id)
    planned = await plan(tx, [order_id], weights)
    if order_id not in planned:
        raise NoDestination(order_id=order_id)
    return planned[order_id]


async def plan(tx: Tx, orders: Sequence[OrderId], weights: Weights | None = None) -> dict[OrderId, OrderSourcing]:
    """Choose from where each of these orders is sent, those in front served first where stock is scarce.

    What an order holds itself counts as available to these orders, wherever it is held; where shops divide stock, to
    those of its shop, and no shop is given what others have for themselves. An order whose receiver's region is not
    known is left out of the answer. A fixed number of statements; nothing is locked, held or moved.
    """
    wanted = await _wanted(tx, orders)
    ready = await _ready(tx, wanted)
    companies = list(dict.fromkeys(one.order.company_id for one in wanted))
    policies = await unit_policies(tx, companies)
    busy = Busy(await _loads(tx, policies), await _ages(tx, wanted, policies))
    planned: dict[OrderId, OrderSourcing] = {}
    for company in companies:
        weighed = weights or policies.get(company, UnitPolicy()).weights
        some = [one for one in wanted if one.order.company_id == company]
        if len(wanted) == 1:
            planned[some[0].order.id] = _alone(some[0], ready, weighed, busy)
        else:
            planned |= _together(some, ready, weighed, busy)
    return {one.order.id: planned[one.order.id] for one in wanted}


async def _loads(tx: Tx, policies: Mapping[CompanyId, UnitPolicy]) -> Loads:
    """How busy warehouses are, in per cent of what they send in a day; nothing is asked where nobody said how much."""
    per_day = {each.warehouse_id: each.units for policy in policies.values() for each in policy.per_day}
    waiting = await tables.units_waiting(tx, per_day) if per_day else {}
    return {id_: min(100 * waiting.get(id_, 0) // units, LOAD_MAX) for id_, units in per_day.items()}


async def _ages(tx: Tx, wanted: Sequence[_Sent], policies: Mapping[CompanyId, UnitPolicy]) -> Stock:
    """How many days pieces have stood in each warehouse, of the orders whose companies weigh it."""
    asked = [one for one in wanted if policies.get(one.order.company_id, UnitPolicy()).by_age]
    places = {(need.sku_id, id_) for one in asked for need in one.needs for id_ in one.rates}
    ages: Stock = defaultdict(dict)
    for (sku_id, id_), days in (await inventory.oldest_days(tx, places) if places else {}).items():
        ages[id_][sku_id] = days
    return ages


def _alone(one: _Sent, ready: Ready, weights: Weights, busy: Busy) -> OrderSourcing:
    stock = ready.of(one)
    sites = [
        Site(
            warehouse_id=id_,
            card=rate.price,
            stock=stock[id_],
            age_days=busy.ages.get(id_, {}),
            load_pct=busy.loads.get(id_, 0),
        )
        for id_, rate in one.rates.items()
    ]
    found = rules.source(one.needs, sites, weights)
    return OrderSourcing(
        order_id=one.order.id,
        region=one.region,
        weights=weights,
        plan=found.plan,
        next_best=found.next_best,
        nearest=found.nearest,
        short=found.short,
        proven=found.proven,
        rates=one.rates,
        left_out=one.left_out,
        withheld=ready.withheld(one),
    )


def _together(some: Sequence[_Sent], ready: Ready, weights: Weights, busy: Busy) -> dict[OrderId, OrderSourcing]:
    asked = [
        rules.Asked(needs=one.needs, cards={id_: r.price for id_, r in one.rates.items()}, shop_id=one.order.shop_id)
        for one in some
    ]
    reached = dict.fromkeys(id_ for one in some for id_ in one.rates)
    shared = rules.Shared(
        stock={id_: ready.stock[id_] for id_ in reached},
        age_days=busy.ages,
        load_pct=busy.loads,
        pools=ready.pools(some),
    )
    chosen, nearest = rules.source_many(asked, shared, weights), rules.nearest_many(asked, shared, weights)
    return {
        one.order.id: OrderSourcing(
            order_id=one.order.id,
            region=one.region,
            weights=weights,
            plan=best,
            nearest=near,
            rates=one.rates,
            left_out=one.left_out,
            withheld=ready.withheld(one),
        )
        for one, best, near in zip(some, chosen, nearest, strict=True)
    }


async def _wanted(tx: Tx, ids: Sequence[OrderId]) -> list[_Sent]:
    """What these orders need, and who reaches their receivers, in their order."""
    orders, lines = await queries.get(tx, ids), await queries.goods_of(tx, ids)
    regions = {id_: to for id_, to in (await _regions(tx, ids)).items() if id_ in orders}
    skus = await _skus(tx, [line for id_ in regions for line in lines.get(id_, ())])
    companies = {orders[id_].company_id for id_ in regions}
    warehouses = await inventory.warehouses_of_companies(tx, companies)
    cards = await logistics.carrier_cards_of(tx, companies)
    found = []
    for id_ in dict.fromkeys(ids):
        if id_ in regions:
            needs = _needs(lines.get(id_, ()), skus)
            reach = _reach(orders[id_].company_id, warehouses, cards, regions[id_], needs)
            found.append(_Sent(orders[id_], needs, regions[id_], *reach))
    return found


async def _regions(tx: Tx, ids: Collection[OrderId]) -> dict[OrderId, str]:
    """Where orders go, by the code of the region; those that nobody can tell are left out."""
    found: dict[OrderId, str] = {}
    for id_, sealed in (await tables.sealed_receivers(tx, ids)).items():
        to = opened(id_, sealed)
        try:
            found[id_] = logistics.resolve_region(to.province, to.city, to.district).code
        except RegionUnknown:
            continue  # the address is one of the order's exceptions already; whoever asks is told NoDestination
    return found


async def _skus(tx: Tx, lines: Iterable[OrderLine]) -> dict[SkuId, Sku]:
    """The SKUs of these lines, and the components of kits."""
    skus = await catalog.get_skus(tx, {line.sku_id for line in lines if line.sku_id is not None})
    inside = {part.sku_id for sku in skus.values() for part in sku.components} - skus.keys()
    return skus | (await catalog.get_skus(tx, inside) if inside else {})


def _needs(lines: Iterable[OrderLine], skus: Mapping[SkuId, Sku]) -> tuple[Need, ...]:
    """Pieces that have yet to leave, kits by their components, without what has no stock."""
    pieces: dict[SkuId, int] = defaultdict(int)
    for line in lines:
        sku = skus.get(line.sku_id) if line.sku_id is not None else None
        if sku is None or sku.kind is SkuKind.SERVICE or line.left_qty <= 0:
            continue
        for sku_id, qty in [(part.sku_id, part.qty) for part in sku.components] or [(sku.id, 1)]:
            pieces[sku_id] += qty * line.left_qty
    return tuple(Need(sku_id=sku_id, qty=qty, weight_g=skus[sku_id].weight_g) for sku_id, qty in pieces.items())


def _reach(
    company_id: CompanyId,
    warehouses: Iterable[Warehouse],
    cards: Sequence[CarrierCard],
    to: str,
    needs: Sequence[Need],
) -> tuple[dict[WarehouseId, Rate], dict[WarehouseId, WhyNot]]:
    """The rate from each warehouse of the company, by what all goods weigh; and why others have none."""
    grams = sum(need.qty * need.weight_g for need in needs)
    own = [card for card in cards if card.company_id == company_id]
    rates, left_out = dict[WarehouseId, Rate](), dict[WarehouseId, WhyNot]()
    for warehouse in warehouses:
        if warehouse.company_id != company_id:
            continue
        if warehouse.region is None:
            left_out[warehouse.id] = WhyNot.NO_REGION
        elif (rate := logistics.rate_of(own, warehouse.region, to, grams)) is None:
            left_out[warehouse.id] = WhyNot.NO_CARRIER
        else:
            rates[warehouse.id] = rate
    return rates, left_out


async def _ready(tx: Tx, wanted: Sequence[_Sent]) -> Ready:
    """Pieces that can be held, and those that these orders hold already, where they would be sent from."""
    places = {(need.sku_id, id_) for one in wanted for need in one.needs for id_ in one.rates}
    asked = {(one.order.shop_id, need.sku_id, id_) for one in wanted for need in one.needs for id_ in one.rates}
    shares = await inventory.shares_at(tx, asked)
    divided = {(sku_id, id_) for _, sku_id, id_ in shares}
    stock: Stock = {id_: {} for one in wanted for id_ in one.rates}
    own: dict[OrderId, dict[Place, int]] = defaultdict(lambda: defaultdict(int))
    for (sku_id, id_), pieces in (await inventory.available(tx, places)).items():
        stock[id_][sku_id] = pieces
    for held in await inventory.held_at(tx, [one.order.id for one in wanted]):
        if (held.sku_id, held.warehouse_id) in divided:
            own[OrderId(held.doc)][held.sku_id, held.warehouse_id] += held.pieces
        elif held.warehouse_id in stock:
            shelf = stock[held.warehouse_id]
            shelf[held.sku_id] = shelf.get(held.sku_id, 0) + held.pieces
    return Ready(stock, shares, own)
