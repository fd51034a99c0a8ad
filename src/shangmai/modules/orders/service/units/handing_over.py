"""Units whose parcels are with their carriers."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract.units import ShipUnit, UnitId, UnitState, Way
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.service.units.sending import ship_out
from shangmai.modules.warehouse.contract.packing import ParcelHandedOver


async def ship_handed_over(tx: Tx, events: Sequence[ParcelHandedOver]) -> None:
    """Ship the units whose parcels are with their carriers; their pieces leave the bins in the same transaction.

    One that was shipped by hand meanwhile is left alone. What can't be shipped is raised: somebody must see it.
    """
    units = await tables.get_units(tx, [UnitId(event.doc) for event in events])
    going = [(n, event) for n, event in enumerate(events) if units[UnitId(event.doc)].state is not UnitState.SHIPPED]
    do = {
        n: ShipUnit(
            unit_id=UnitId(event.doc),
            carrier=event.carrier,
            waybill=event.waybill,
            more=tuple(Way(carrier=each.carrier, waybill=each.waybill) for each in event.more if each.waybill),
        )
        for n, event in going
    }
    for outcome in (await ship_out(tx, do)).values():
        if isinstance(outcome, AppError):
            raise outcome
