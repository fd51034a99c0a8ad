"""From when SKUs that are sold before they are there may leave."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuNotFound
from shangmai.modules.orders.contract.ship_dates import SetShipDate, ShipDate, ShipDateOver, ShipDateSet
from shangmai.modules.orders.queries import ship_dates as tables
from shangmai.modules.orders.service.units.making import BY_HAND
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyNotFound


@action(
    "orders.set_ship_date",
    grant="orders.set_ship_date",
    scope=lambda do: {"company": do.company_id},
    inverse="orders.set_ship_date",
    errors=[CompanyNotFound, SkuNotFound, ShipDateOver],
)
async def set_ship_date(tx: Tx, do: SetShipDate) -> ShipDate:
    """Let no piece of a SKU leave before a time; without one, it leaves when it is paid.

    Units made from now on have what leaves at other times apart, where their order may be split; open ones wait for the
    time of what is in them. Event orders.ship_date_set.v1. Raises: CompanyNotFound, SkuNotFound, ShipDateOver.
    """
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    if do.sku_id not in await catalog.get_skus(tx, [do.sku_id]):
        raise SkuNotFound(sku=do.sku_id)
    if do.ships_from is not None and do.ships_from <= tx.now:
        raise ShipDateOver(ships_from=do.ships_from.isoformat())
    units = 0
    if await tables.set_ship_date(tx, do.company_id, do.sku_id, do.ships_from):
        units = await tables.follow_ship_date(tx, do.company_id, do.sku_id, BY_HAND)
        tx.emit(ShipDateSet(company_id=do.company_id, sku_id=do.sku_id, ships_from=do.ships_from))
    return ShipDate(company_id=do.company_id, sku_id=do.sku_id, ships_from=do.ships_from, units=units)
