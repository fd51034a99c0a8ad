"""Orders and stock in numbers: rows of SKUs by columns of warehouses, what each choice counts, what a plan comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Final, NamedTuple

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.price_cards import PriceCard
from shangmai.modules.orders.contract.sourcing import Measures, Need, Part, Plan, Site, Weights
from shangmai.modules.orders.rules.sourcing.pools import Dividing, Pools, open_to
from shangmai.modules.orders.rules.sourcing.search import Found, Sender, Unit
from shangmai.modules.organization.contract import ShopId

SIZE_MAX: Final = 200_000
"""How large an order may be (see `size`) to be divided by the piece; ten lines of one piece come to 59,049."""

NO_POOLS: Final[Pools] = {}

Rows = list[list[int]]
Sent = dict[int, dict[int, int]]
"""Pieces by column of warehouse and row of SKU."""


class Want(NamedTuple):
    row: int
    qty: int
    grams: int


class Order(NamedTuple):
    """What an order wants, by row, and who reaches its receiver, the quickest first."""

    wants: tuple[Want, ...]
    senders: tuple[Sender, ...]
    cards: Mapping[int, PriceCard]


class Shelves:
    """What stands where. `left` is live; `each` is what a piece counts beyond its carriage; both by row and column.

    A SKU that shops divide somewhere has a row for each shop, with what that shop may have; they change together.
    """

    def __init__(
        self,
        sites: Sequence[Site],
        skus: Iterable[SkuId],
        weights: Weights,
        pools: Pools = NO_POOLS,
        shops: Iterable[tuple[ShopId, SkuId]] = (),
    ) -> None:
        self.warehouses = [site.warehouse_id for site in sites]
        self.columns = {warehouse: n for n, warehouse in enumerate(self.warehouses)}
        divided = {sku for _, sku in pools}
        keys: dict[tuple[ShopId | None, SkuId], None] = {(None, sku): None for sku in skus if sku not in divided}
        keys |= {(shop, sku): None for shop, sku in shops if sku in divided}
        self.shops = [shop for shop, _ in keys]
        self.skus = [sku for _, sku in keys]
        self.rows = {key: n for n, key in enumerate(keys)}
        self.weights = weights
        self.left: Rows = [[max(site.stock.get(sku, 0), 0) for site in sites] for sku in self.skus]
        self.load = [site.load_pct for site in sites]
        self.younger: Rows = [_younger([site.age_days.get(sku, 0) for site in sites]) for sku in self.skus]
        self.each: Rows = [
            [weights.age * days + weights.balance * load for days, load in zip(row, self.load, strict=True)]
            for row in self.younger
        ]
        self._divided = {sku: [n for n, each in enumerate(self.skus) if each == sku] for sku in divided}
        self._dividing = {
            (sku, column): Dividing(
                pools.get((site.warehouse_id, sku))
                or open_to({shop: sku for row in rows if (shop := self.shops[row])}, site.stock.get(sku, 0))
            )
            for sku, rows in self._divided.items()
            for column, site in enumerate(sites)
        }
        for sku, column in self._dividing:
            self._look(sku, column)

    def order(
        self, needs: Sequence[Need], cards: Mapping[WarehouseId, PriceCard], shop_id: ShopId | None = None
    ) -> Order:
        """Put an order into numbers; lines of one SKU are one want."""
        qty: dict[int, int] = {}
        grams: dict[int, int] = {}
        for need in needs:
            row = self.rows[shop_id if need.sku_id in self._divided else None, need.sku_id]
            qty[row] = qty.get(row, 0) + need.qty
            grams[row] = need.weight_g
        by_column = {self.columns[id_]: card for id_, card in cards.items() if id_ in self.columns}
        senders = [_sender(column, card, self.weights) for column, card in sorted(by_column.items())]
        wants = tuple(Want(row, pieces, grams[row]) for row, pieces in qty.items())
        return Order(wants, tuple(sorted(senders, key=lambda sender: sender.hours)), by_column)

    def available(self, order: Order, row: int) -> int:
        """Pieces in the warehouses that reach the receiver."""
        stock = self.left[row]
        return sum(stock[sender.column] for sender in order.senders)

    def has_all(self, order: Order) -> bool:
        return all(self.available(order, want.row) >= want.qty for want in order.wants)

    def take(self, sent: Sent, sign: int = 1) -> None:
        for column, goods in sent.items():
            for row, qty in goods.items():
                shop, sku = self.shops[row], self.skus[row]
                if shop is None:
                    self.left[row][column] -= sign * qty
                else:
                    self._dividing[sku, column].take(shop, sign * qty)
                    self._look(sku, column)

    def _look(self, sku: SkuId, column: int) -> None:
        """Find what each shop may have now of a SKU that they divide."""
        for row in self._divided[sku]:
            shop = self.shops[row]
            assert shop is not None, "a row of a divided SKU is a shop's"
            self.left[row][column] = self._dividing[sku, column].left(shop)

    def plan(self, order: Order, sent: Sent) -> Plan:
        """Weigh what each warehouse sends in its parcel."""
        weight = {want.row: want.grams for want in order.wants}
        parcels = [
            (order.cards[column], sum(weight[row] * qty for row, qty in sent[column].items())) for column in sent
        ]
        pieces = [(column, row, qty) for column in sorted(sent) for row, qty in sorted(sent[column].items())]
        measures = Measures(
            cost=sum(card.cost_minor(grams) for card, grams in parcels),
            hours=max((card.hours for card, _ in parcels), default=0),
            parcels=len(parcels),
            age=sum(qty * self.younger[row][column] for column, row, qty in pieces),
            balance=sum(qty * self.load[column] for column, _, qty in pieces),
            carbon=sum(card.carbon_g(grams) for card, grams in parcels),
        )
        weighed = measures.weighed(self.weights)
        parts = tuple(
            Part(sku_id=self.skus[row], warehouse_id=self.warehouses[column], qty=qty) for column, row, qty in pieces
        )
        return Plan(parts=parts, measures=measures, weighed=weighed, score=weighed.total)

    def nearest(self, order: Order) -> Sent:
        """Let each SKU's nearest warehouse that has it whole send it: the way of a clerk who looks at distance alone.

        A SKU that no warehouse has whole is taken from the nearest on until it is together.
        """
        near = sorted(order.senders, key=lambda sender: (sender.hours, sender.parcel, sender.column))
        sent: Sent = {}
        for want in order.wants:
            stock, wanted = self.left[want.row], want.qty
            whole = next((sender for sender in near if stock[sender.column] >= wanted), None)
            for sender in [whole] if whole else near:
                qty = min(stock[sender.column], wanted)
                if qty:
                    sent.setdefault(sender.column, {})[want.row] = qty
                    wanted -= qty
        return sent


def sent(units: Sequence[Unit], found: Found) -> Sent:
    """The pieces in the parcels that were found."""
    pieces: Sent = {}
    for column, counts in found.parcels:
        goods = pieces.setdefault(column, {})
        for unit, count in zip(units, counts, strict=True):
            for row, qty in unit.goods if count else ():
                goods[row] = goods.get(row, 0) + qty * count
    return pieces


def units_by_piece(wants: Sequence[Want], left: Rows, each: Rows) -> list[Unit]:
    """Each want by the piece: any division is open. The hardest to find are first, to be settled first."""
    ordered = sorted(wants, key=lambda want: sum(1 for qty in left[want.row] if qty))
    return [
        Unit(((row, 1),), qty, grams, [min(have, qty) for have in left[row]], each[row]) for row, qty, grams in ordered
    ]


def size(wants: Sequence[Want]) -> int:
    """How many pairs of goods still open and a parcel of them there may be: what a division by the piece costs."""
    return prod((want.qty + 1) * (want.qty + 2) // 2 for want in wants)


def _younger(days: Sequence[int]) -> list[int]:
    oldest = max(days, default=0)
    return [oldest - each for each in days]


def _sender(column: int, card: PriceCard, weights: Weights) -> Sender:
    return Sender(
        column=column,
        hours=weights.hours * card.hours,
        parcel=weights.parcels + weights.cost * card.parcel_minor,
        first_g=card.first_g,
        step_g=card.step_g,
        step=weights.cost * card.step_minor,
        carbon=weights.carbon * card.carbon_g_per_kg,
    )
