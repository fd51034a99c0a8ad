"""What decides whether pieces may share a unit: weight, money, temperature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.catalog.contract.handling import Temperature
from shangmai.modules.orders.contract import OrderLine
from shangmai.modules.orders.contract.preferring import SPLITTING, Preference
from shangmai.modules.orders.contract.units import UnitPolicy
from shangmai.modules.orders.rules.auditing import parts_of
from shangmai.modules.orders.rules.units import Limits, Part

COLDER: Final = (Temperature.AMBIENT, Temperature.CHILLED, Temperature.FROZEN)
Temperatures = Mapping[SkuId, Temperature]


def limits_of(policy: UnitPolicy, preferences: Sequence[Preference] = ()) -> Limits:
    """The company's limits, and what a table says otherwise for an order."""
    said = next((each.outcome for each in preferences if each.subject == SPLITTING.name), {})
    return Limits(
        pieces_max=_count(said.get("pieces_max"), policy.pieces_max),
        weight_max_g=_count(said.get("weight_max_g"), policy.weight_max_g),
        amount_max_minor=_count(said.get("amount_max_minor"), policy.amount_max_minor),
        by_temperature=said.get("by_temperature", "yes" if policy.by_temperature else "no") == "yes",
        parcels_max=_count(said.get("parcels_max"), 0),
        may_split=said.get("may_split") != "no",
    )


def _count(said: object, default: int) -> int:
    return int(said) if isinstance(said, (int, float)) and said > 0 else default


async def temperatures_of(tx: Tx, skus: Iterable[Sku], limits: Iterable[Limits]) -> Temperatures:
    """How warm these SKUs, and what kits are made of, may be; nothing is asked where no limit goes by it."""
    if not any(each.by_temperature for each in limits):
        return {}
    handling = await catalog.handling_of(tx, {part for sku in skus for part in parts_of(sku)})
    return {sku: each.temperature for sku, each in handling.items()}


def part(
    line: OrderLine,
    sku: Sku,
    qty: int,
    policy: UnitPolicy,
    temperatures: Temperatures,
    ships_from: datetime | None = None,
) -> Part:
    """Pieces of a line; each counts as what it costs, rounded up. A kit is as cold as the coldest of its components."""
    return Part(
        line=line.line,
        qty=qty,
        weight_g=sku.weight_g,
        apart=sku.id in policy.apart,
        amount_minor=-(-line.due_minor // line.due_qty) if line.due_qty else 0,
        temperature=max((temperatures.get(each, Temperature.AMBIENT) for each in parts_of(sku)), key=COLDER.index),
        ships_from=ships_from,
    )
