"""Promising on which day an order will be there, and how often that was so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.clock import business_day, timezone
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId, WarehouseNotFound
from shangmai.modules.logistics.contract.choosing import ChooseCourier, CourierChoice
from shangmai.modules.logistics.contract.promising import AskPromise, Cutoff, DeliveryPromise, MadePromise, SetCutoff
from shangmai.modules.logistics.queries import promising as queries
from shangmai.modules.logistics.queries import watching
from shangmai.modules.logistics.rules.promising import hours_of, promise
from shangmai.modules.logistics.service.choosing import choose_couriers
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId

Doc = TypeVar("Doc", bound=UUID)
TYPICAL_G: Final = 1000
"""What a parcel is taken to weigh while nobody has packed it: carriers' prices differ by weight, their times do not."""


@action("logistics.set_cutoff", grant="logistics.manage_carriers", errors=[WarehouseNotFound])
async def set_cutoff(tx: Tx, do: SetCutoff) -> Cutoff:
    """Say until when a warehouse sends on the same day, and on which days; shoppers are told from now on.

    Raises: WarehouseNotFound.
    """
    warehouse = (await inventory.get_warehouses(tx, [do.warehouse_id])).get(do.warehouse_id)
    if warehouse is None:
        raise WarehouseNotFound(warehouse_id=do.warehouse_id)
    days = tuple(sorted(set(do.weekdays)))
    cutoff = Cutoff(warehouse_id=warehouse.id, company_id=warehouse.company_id, cutoff=do.cutoff, weekdays=days)
    await queries.put_cutoff(tx, cutoff)
    return cutoff


async def promises(tx: Tx, wanted: Sequence[AskPromise]) -> list[DeliveryPromise | None]:
    """Tell on which day each would be there; None where the warehouse has no cut-off, or no carrier's time is known.

    One statement where none of the warehouses has a cut-off.
    """
    cutoffs = await queries.cutoffs(tx, {each.warehouse_id for each in wanted}) if wanted else {}
    asked = [each for each in wanted if each.warehouse_id in cutoffs]
    choices = await choose_couriers(
        tx,
        [
            ChooseCourier(
                company_id=each.company_id,
                warehouse_id=each.warehouse_id,
                to_region=each.to_region,
                weight_g=TYPICAL_G,
            )
            for each in asked
        ],
    )
    told = await _told(tx, list(zip(asked, choices, strict=True)), cutoffs) if asked else {}
    return [told.get(each) for each in wanted]


async def _told(
    tx: Tx, chosen: Sequence[tuple[AskPromise, object]], cutoffs: Mapping[WarehouseId, Cutoff]
) -> dict[AskPromise, DeliveryPromise | None]:
    companies = await organization.get_companies(tx, {each.company_id for each, _ in chosen})
    warehouses = await inventory.get_warehouses(tx, {each.warehouse_id for each, _ in chosen})
    lanes = {(e.company_id, e.carrier, e.from_city, e.to_province): e for e in await watching.lanes(tx, companies)}
    told: dict[AskPromise, DeliveryPromise | None] = {}
    for each, choice in chosen:
        origin = warehouses[each.warehouse_id].region if each.warehouse_id in warehouses else None
        if not isinstance(choice, CourierChoice) or origin is None:
            continue
        lane = lanes.get((each.company_id, choice.carrier, f"{origin[:4]}00", f"{each.to_region[:2]}0000"))
        hours = hours_of(choice.options[0], lane)
        tz = timezone(companies[each.company_id].timezone)
        told[each] = promise(cutoffs[each.warehouse_id], choice.carrier, hours, each.at, tz)
    return told


async def companies_that_promise(tx: Tx, companies: Collection[CompanyId]) -> set[CompanyId]:
    """Those of these companies whose shoppers are told on which day an order will be there."""
    return await queries.companies_with_cutoffs(tx, companies)


async def note_promises(tx: Tx, wanted: Mapping[Doc, AskPromise]) -> None:
    """Keep what was promised for these docs (orders), to be compared with what came; the first of a doc stays."""
    told = await promises(tx, list(wanted.values()))
    made = [
        MadePromise(doc=doc, company_id=each.company_id, to_region=each.to_region, promise=said)
        for (doc, each), said in zip(wanted.items(), told, strict=True)
        if said is not None
    ]
    if made:
        await queries.put_promises(tx, made)


async def settle_promises(tx: Tx, arrived: Mapping[Doc, datetime]) -> None:
    """Note when docs were signed for; one without a promise changes nothing."""
    await queries.settle(tx, {doc: business_day(at) for doc, at in arrived.items()})
