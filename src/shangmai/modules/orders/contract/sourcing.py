"""Which warehouses send an order: what is weighed, what is chosen, and why."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.price_cards import PriceCard, Rate
from shangmai.modules.orders.contract.ids import OrderId

Weight = Annotated[int, Meta(ge=0, le=1_000_000)]


class Weights(Struct, frozen=True, kw_only=True):
    """How much each unit of what is weighed counts; a plan's score is the sum, and the lowest is chosen.

    `cost`: a minor unit of carriage. `hours`: an hour until the last parcel arrives. `parcels`: a parcel. `age`: a day
    by which a piece sent is younger than the oldest of its SKU. `balance`: a per cent of load, for each piece, of the
    warehouse that sends it. `carbon`: a gram of carbon dioxide.
    """

    cost: Weight = 10
    hours: Weight = 20
    parcels: Weight = 1000
    age: Weight = 1
    balance: Weight = 1
    carbon: Weight = 1


class Measures(Struct, frozen=True, kw_only=True):
    """What a plan comes to, in the units that `Weights` names; also used for each part times its weight."""

    cost: int = 0
    hours: int = 0
    parcels: int = 0
    age: int = 0
    balance: int = 0
    carbon: int = 0

    @property
    def total(self) -> int:
        return self.cost + self.hours + self.parcels + self.age + self.balance + self.carbon

    def weighed(self, by: Weights) -> Measures:
        """Each part times its weight."""
        return Measures(
            cost=self.cost * by.cost,
            hours=self.hours * by.hours,
            parcels=self.parcels * by.parcels,
            age=self.age * by.age,
            balance=self.balance * by.balance,
            carbon=self.carbon * by.carbon,
        )


class Need(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that an order needs; `weight_g` is that of one piece."""

    sku_id: SkuId
    qty: int
    weight_g: int = 0


class Site(Struct, frozen=True, kw_only=True):
    """A warehouse as one order sees it: the price card to the receiver, how busy it is, and what it has.

    `stock`: pieces that can be held. `age_days`: how long a SKU's oldest pieces have stood there. `load_pct`: work at
    hand in per cent of what the warehouse does in a day.
    """

    warehouse_id: WarehouseId
    card: PriceCard
    stock: Mapping[SkuId, int]
    age_days: Mapping[SkuId, int] = {}
    load_pct: int = 0


class Part(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that a warehouse sends."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    qty: int


class Plan(Struct, frozen=True, kw_only=True):
    """Who sends what, what it comes to, and that times the weights; `score` is the sum."""

    parts: tuple[Part, ...]
    measures: Measures
    weighed: Measures
    score: int

    @property
    def warehouses(self) -> frozenset[WarehouseId]:
        return frozenset(part.warehouse_id for part in self.parts)


class Shortage(Struct, frozen=True, kw_only=True):
    """Pieces of a SKU that no warehouse which reaches the receiver has."""

    sku_id: SkuId
    qty: int


class Sourced(Struct, frozen=True, kw_only=True):
    """The plan chosen, the best one without one of its warehouses, and the nearest with stock for comparison.

    `plan` sends what there is; `short` is the rest. `proven`: no plan has a lower score, and none without one of the
    warehouses chosen one lower than `next_best`. Without it the order was too large to look at every division by the
    piece, and these are the best that were found.
    """

    plan: Plan
    next_best: Plan | None
    nearest: Plan
    short: tuple[Shortage, ...] = ()
    proven: bool = True
    steps: int = 0


class WhyNot(StrEnum):
    """Why a warehouse could not be chosen: nobody said where it stands, or no carrier sends from there to here."""

    NO_REGION = "no_region"
    NO_CARRIER = "no_carrier"


class Withheld(Struct, frozen=True, kw_only=True):
    """Pieces in a warehouse that this order can't be given: of those `there`, its shop may have `usable`, rules say.

    `others`: those that other shops alone may have, by locks and exclusive pools. `zh`, `en`: the same as a sentence.
    """

    sku_id: SkuId
    warehouse_id: WarehouseId
    there: int
    usable: int
    others: int
    zh: str
    en: str


class OrderSourcing(Struct, frozen=True, kw_only=True):
    """Where an order's pieces that have yet to leave would come from now, and why.

    `plan`: the choice; null where the order waits, because orders before it took what it needs. `next_best` and
    `proven` are told of an order asked for alone (see `Sourced`). Money is in minor units of the company's currency.
    `rates`: the carrier's price card of each warehouse that reaches the receiver. `left_out`: the other warehouses.
    `withheld`: what stands in warehouses and is not for this order's shop.
    """

    order_id: OrderId
    region: str
    weights: Weights
    plan: Plan | None
    next_best: Plan | None = None
    nearest: Plan | None = None
    short: tuple[Shortage, ...] = ()
    proven: bool = False
    rates: Mapping[WarehouseId, Rate] = {}
    left_out: Mapping[WarehouseId, WhyNot] = {}
    withheld: tuple[Withheld, ...] = ()


class NoDestination(Conflict):
    """It is not known in which region order {order_id} is to arrive. Correct its address, then ask again."""

    zh = "订单 {order_id} 的收货地区无法识别，请先更正收货地址。"
