"""Kinds of cartons, and which to pack a request into."""

from __future__ import annotations

from collections import Counter

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku
from shangmai.modules.catalog.contract.handling import Handling
from shangmai.modules.inventory.contract import WarehouseNotFound
from shangmai.modules.warehouse.contract.cartons import Carton, Piece
from shangmai.modules.warehouse.contract.packing import CartonAdvice, CartonTwice, SaveCartons
from shangmai.modules.warehouse.contract.requests import Requested
from shangmai.modules.warehouse.queries import cartons as tables
from shangmai.modules.warehouse.queries import requests
from shangmai.modules.warehouse.rules.cartons import choose_cartons
from shangmai.modules.warehouse.service.places import check_warehouse


@action(
    "warehouse.save_cartons",
    grant="warehouse.manage_bins",
    scope=lambda do: {"warehouse": do.warehouse_id},
    errors=[WarehouseNotFound, CartonTwice],
)
async def save_cartons(tx: Tx, do: SaveCartons) -> list[Carton]:
    """Make kinds of cartons of a warehouse, or change those of these codes; those in use now.

    Raises: WarehouseNotFound, CartonTwice.
    """
    await check_warehouse(tx, do.warehouse_id)
    for code, times in Counter(each.code for each in do.cartons).items():
        if times > 1:
            raise CartonTwice(code=code)
    await tables.save(tx, do.warehouse_id, do.cartons)
    return await tables.of_warehouse(tx, do.warehouse_id)


async def advise(tx: Tx, request: Requested) -> CartonAdvice:
    """The smallest carton that takes all of a request, or a few. Raises: TooManyPieces."""
    wanted = (await requests.wanted(tx, [request.doc])).get(request.doc, {})
    skus, handling = await catalog.get_skus(tx, wanted), await catalog.handling_of(tx, wanted)
    unknown = sorted(skus[sku_id].code for sku_id in wanted if not handling[sku_id].volume_mm3)
    pieces = [
        _piece(skus[sku_id], handling[sku_id])
        for sku_id, qty in wanted.items()
        for _ in range(qty)
        if handling[sku_id].volume_mm3
    ]
    choice = choose_cartons(await tables.of_warehouse(tx, request.warehouse_id), pieces)
    return CartonAdvice(number=request.number, choice=choice, unknown=unknown)


def _piece(sku: Sku, handling: Handling) -> Piece:
    return Piece(
        length_mm=handling.length_mm,
        width_mm=handling.width_mm,
        height_mm=handling.height_mm,
        weight_g=sku.weight_g,
        upright=handling.upright,
        fragile=handling.fragile,
    )
