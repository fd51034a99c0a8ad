"""What a scan means: a barcode or a code is a SKU."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from shangmai.kernel.actions.contract import Scope
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown
from shangmai.modules.warehouse.queries import parcels, requests, waves


async def skus_of(tx: Tx, scanned: Collection[str]) -> dict[str, Sku]:
    """The SKUs with these barcodes, or, where there is none, with these codes; what is neither is left out."""
    found = await catalog.find_skus_by_barcode(tx, scanned)
    others = set(scanned) - found.keys()
    return found | (await catalog.find_skus(tx, others) if others else {})


async def sku_of(tx: Tx, scanned: str) -> Sku:
    """The SKU with this barcode or code. Raises: BarcodeUnknown."""
    return known(await skus_of(tx, [scanned]), scanned)


def known(skus: dict[str, Sku], scanned: str) -> Sku:
    """The SKU of a scan that was looked up. Raises: BarcodeUnknown."""
    if scanned not in skus:
        raise BarcodeUnknown(scanned=scanned)
    return skus[scanned]


async def warehouses_of_tasks(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The warehouse of each item's task; None where there is no such task."""
    found = await waves.warehouses_of_tasks(tx, {each.task_id for each in do})
    return [{"warehouse": found[each.task_id]} if each.task_id in found else None for each in do]


async def warehouses_of_numbers(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The warehouse of each item's request, by its number; None where there is no such request."""
    found = await requests.warehouses_of_numbers(tx, {each.number for each in do})
    return [{"warehouse": found[each.number]} if each.number in found else None for each in do]


async def warehouses_of_scanned(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The warehouse of each item's parcel, by its waybill or number; None where there is no such parcel."""
    docs = await parcels.docs_scanned(tx, None, {each.scanned for each in do})
    found = await requests.get(tx, set(docs.values()))
    return [{"warehouse": found[docs[each.scanned]].warehouse_id} if each.scanned in docs else None for each in do]
