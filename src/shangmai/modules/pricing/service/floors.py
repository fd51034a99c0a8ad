"""Actions on floor prices."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.pricing.contract.floors import FloorChanged, FloorSet, SetFloor
from shangmai.modules.pricing.queries import floors as queries
from shangmai.modules.pricing.queries import versions
from shangmai.modules.pricing.queries.floors import Place
from shangmai.modules.pricing.service.price_lists import MANAGE


@action("pricing.set_floors", grant=MANAGE, many=True, scope=lambda do: {}, errors=[SkuNotFound])
async def set_floors(tx: Tx, do: Sequence[SetFloor]) -> list[FloorSet | AppError]:
    """Set what no promotion takes a piece of SKUs below, from now on; orders keep the price they were placed at.

    Setting the floor that a SKU has already changes nothing. A SKU named twice gets both, one after the other. Event
    pricing.floor_changed.v1.
    """
    skus = await catalog.get_skus(tx, {each.sku_id for each in do})
    known: dict[Place, int | None] = dict(await queries.lock(tx, {(each.sku_id, each.currency) for each in do}))
    before = dict(known)
    items: dict[Place, Item] = {}
    outcomes: list[FloorSet | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        if each.sku_id not in skus:
            outcomes.append(SkuNotFound(sku=each.sku_id))
            continue
        place = (each.sku_id, each.currency)
        outcome = _outcome(each, known.get(place))
        outcomes.append(outcome)
        if outcome.changed:
            known[place], items[place] = each.floor_minor, item
            tx.emit(_changed(outcome), item)
    if items:
        await _write(tx, before, known, items)
    return outcomes


async def _write(
    tx: Tx, before: dict[Place, int | None], known: dict[Place, int | None], items: dict[Place, Item]
) -> None:
    floors = {place: (minor, item) for place, item in items.items() if (minor := known[place]) is not None}
    await queries.write(tx, floors, [place for place in items if place not in floors and place in before])
    is_set = sum(place not in before for place in floors)
    await versions.advance(tx, "floors", live=is_set - sum(known[place] is None for place in before))


def _outcome(do: SetFloor, old: int | None) -> FloorSet:
    return FloorSet(
        sku_id=do.sku_id,
        currency=do.currency,
        floor_minor=do.floor_minor,
        old_minor=old,
        changed=old != do.floor_minor,
    )


def _changed(outcome: FloorSet) -> FloorChanged:
    return FloorChanged(
        sku_id=outcome.sku_id,
        currency=outcome.currency,
        floor_minor=outcome.floor_minor,
        old_minor=outcome.old_minor,
    )
