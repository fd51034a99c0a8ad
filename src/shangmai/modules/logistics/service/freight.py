"""Freight templates: saving and assigning them, and working out what sending costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract.freight import (
    AssignFreight,
    Combining,
    FreightBill,
    FreightChanged,
    FreightTemplate,
    Load,
    SaveFreightTemplate,
    SetFreightCombining,
    Tariff,
    TemplateNotFound,
    TooManyItems,
    TwoRestZones,
    ZonesOverlap,
)
from shangmai.modules.logistics.contract.regions import RegionUnknown
from shangmai.modules.logistics.queries import freight as queries
from shangmai.modules.logistics.rules import freight as rules
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId, ShopNotFound

ITEMS_MAX: Final = 10_000
REMEMBERED: Final = "logistics.tariffs"


@action(
    "logistics.save_freight_template",
    grant="logistics.manage_freight",
    scope=lambda do: {"shop": do.shop_id},
    errors=[ShopNotFound, RegionUnknown, ZonesOverlap, TwoRestZones],
)
async def save_freight_template(tx: Tx, do: SaveFreightTemplate) -> FreightTemplate:
    """Save a shop's freight template under its code, from now on; orders that were placed keep their freight.

    The shop's first template is its default. Event logistics.freight_changed.v1.
    Raises: ShopNotFound, RegionUnknown, ZonesOverlap, TwoRestZones.
    """
    rules.check(do)
    await _changed(tx, do.shop_id)
    return await queries.save(tx, do)


@action(
    "logistics.assign_freight",
    grant="logistics.manage_freight",
    scope=lambda do: {"shop": do.shop_id},
    errors=[ShopNotFound, TemplateNotFound, TooManyItems],
)
async def assign_freight(tx: Tx, do: AssignFreight) -> FreightChanged:
    """Say by which templates products are sent, and how large a piece is; from now on.

    Event logistics.freight_changed.v1. Raises: ShopNotFound, TemplateNotFound, TooManyItems.
    """
    changed = await _changed(tx, do.shop_id)
    codes = {template.code: template.id for template in await queries.templates_of(tx, do.shop_id)}
    for item in do.items:
        if item.template is not None and item.template not in codes:
            raise TemplateNotFound(code=item.template)
    items = {item.product_id: item for item in do.items}
    await queries.assign(
        tx, do.shop_id, [(item, None if item.template is None else codes[item.template]) for item in items.values()]
    )
    if await queries.count_items(tx, do.shop_id) > ITEMS_MAX:
        raise TooManyItems(most=ITEMS_MAX)
    return changed


@action(
    "logistics.set_freight_combining",
    grant="logistics.manage_freight",
    scope=lambda do: {"shop": do.shop_id},
    errors=[ShopNotFound],
)
async def set_freight_combining(tx: Tx, do: SetFreightCombining) -> FreightChanged:
    """Say what an order costs whose goods go by several templates: all, the dearest, or one first unit.

    Event logistics.freight_changed.v1. Raises: ShopNotFound.
    """
    return await _changed(tx, do.shop_id, do.combining)


async def _changed(tx: Tx, shop_id: ShopId, combining: Combining | None = None) -> FreightChanged:
    """Begin a new version of the shop's freight; two changes of one shop follow each other."""
    if shop_id not in await organization.get_shops(tx, [shop_id]):
        raise ShopNotFound(shop_id=shop_id)
    changed = FreightChanged(shop_id=shop_id, version=await queries.bump(tx, shop_id, combining))
    tx.emit(changed)
    return changed


# --- what other modules ask ----------------------------------------------------------------------------------------


async def tariffs_of(tx: Tx, versions: Mapping[ShopId, int]) -> dict[ShopId, Tariff]:
    """Give shops' tariffs at these versions: from the process's memory, else in one statement for all that is missing.

    What is remembered for a version never changes; a shop that is not named has said nothing and asks for no freight.
    """
    known: dict[ShopId, Tariff] = tx.memory.setdefault(REMEMBERED, {})
    missing = [id_ for id_, version in versions.items() if id_ not in known or known[id_].version < version]
    if missing:
        fresh = await queries.tariffs(tx, missing)
        known.update({id_: tariff for id_, tariff in fresh.items() if tariff.version <= versions[id_]})
        return {id_: fresh[id_] if id_ in fresh else known[id_] for id_ in versions}
    return {id_: known[id_] for id_ in versions}


async def current_tariffs(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, Tariff]:
    """Give the tariffs of shops as they are now."""
    return await tariffs_of(tx, await queries.versions_of(tx, shops))


def freight(tariff: Tariff | None, region: str, loads: Sequence[Load]) -> FreightBill:
    """Work out what sending goods to a region costs; nothing without a tariff. Raises: NotDelivered."""
    return FreightBill(total_minor=0) if tariff is None else rules.bill(tariff, region, loads)
