"""One unit in several parcels, each with its waybill and its weight, for what does not go into one carton."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract.carriers import PoolEmpty
from shangmai.modules.warehouse.contract.packing import (
    AddBox,
    PackedBox,
    PackedParcel,
    ParcelNotFound,
    RemoveBox,
    RequestStopped,
    TooManyBoxes,
    WaybillUsed,
)
from shangmai.modules.warehouse.contract.requests import AlreadyOut
from shangmai.modules.warehouse.queries import boxes, cartons, parcels
from shangmai.modules.warehouse.service.handing import locked_packed
from shangmai.modules.warehouse.service.receiving import each_alone
from shangmai.modules.warehouse.service.scanning import warehouses_of_scanned

BOXES_MAX: Final = 50


async def _scope_of_number(tx: Tx, do: Sequence[AddBox]) -> list[Scope | None]:
    return await warehouses_of_scanned(tx, [RemoveBox(scanned=each.number) for each in do])


@action(
    "warehouse.add_box",
    grant="warehouse.pack",
    many=True,
    scopes_of=_scope_of_number,
    errors=[ParcelNotFound, RequestStopped, AlreadyOut, TooManyBoxes, WaybillUsed, PoolEmpty],
)
async def add_box(tx: Tx, do: Sequence[AddBox]) -> list[PackedParcel | AppError]:
    """Pack a part of a packed unit into a further parcel, with a waybill of its own; scan the unit's number.

    Raises for each: ParcelNotFound, RequestStopped, AlreadyOut, TooManyBoxes, WaybillUsed, PoolEmpty.
    """
    return await each_alone(tx, do, _add)


@action(
    "warehouse.remove_box",
    grant="warehouse.pack",
    many=True,
    scopes_of=warehouses_of_scanned,
    errors=[ParcelNotFound, RequestStopped, AlreadyOut],
)
async def remove_box(tx: Tx, do: Sequence[RemoveBox]) -> list[PackedParcel | AppError]:
    """Take a further parcel away again, by its number or waybill: everything is in the others; its number goes back.

    Raises for each: ParcelNotFound, RequestStopped, AlreadyOut.
    """
    return await each_alone(tx, do, _remove)


async def _add(tx: Tx, do: AddBox, item: Item) -> PackedParcel:
    request = await locked_packed(tx, do.number)
    there = (await boxes.of_docs(tx, [request.doc])).get(request.doc, [])
    nth = there[-1].box + 1 if there else 2
    if len(there) + 2 > BOXES_MAX:
        raise TooManyBoxes(number=request.number, most=BOXES_MAX)
    number = f"{request.number}-{nth}"
    carrier, waybill = do.carrier or request.courier, do.waybill
    if not waybill:
        booked = await logistics.book_another(tx, request.doc, number, item)
        if booked is not None:
            carrier, waybill = booked.carrier, booked.waybill
    holder = (await parcels.holders_of(tx, [waybill])).get(waybill) if waybill else None
    if holder is not None:
        raise WaybillUsed(waybill=waybill, number=holder[1])
    kinds = {each.code: each.own_g for each in await cartons.of_warehouse(tx, request.warehouse_id)}
    box = PackedBox(
        doc=request.doc,
        box=nth,
        number=number,
        carrier=carrier,
        waybill=waybill,
        carton=do.carton,
        carton_g=kinds.get(do.carton, do.carton_g),
        weight_g=None,
        handed_at=None,
    )
    await boxes.insert(tx, box, request.warehouse_id, item)
    if waybill:
        await logistics.note_packed(tx, {(request.doc, waybill): item.now})
    return (await parcels.get(tx, [request.doc]))[request.doc]


async def _remove(tx: Tx, do: RemoveBox, item: Item) -> PackedParcel:
    request = await locked_packed(tx, do.scanned)
    there = (await boxes.of_docs(tx, [request.doc])).get(request.doc, [])
    box = next((each for each in there if do.scanned in (each.number, each.waybill)), None)
    if box is None:
        raise ParcelNotFound(scanned=do.scanned)
    await boxes.delete(tx, box.doc, box.box)
    if await logistics.cancel_numbers(tx, {(box.doc, box.number)}, item):
        raise AlreadyOut(number=box.number, state="handed_over")
    return (await parcels.get(tx, [request.doc]))[request.doc]


async def drop_boxes(tx: Tx, docs: Collection[UUID]) -> None:
    """Let these locked units have no further parcels, because what is in them has changed; their numbers go back."""
    gone = await boxes.empty(tx, docs)
    if gone:
        await logistics.cancel_numbers(tx, gone, tx.items[0])
