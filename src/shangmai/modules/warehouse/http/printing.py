"""What is printed in a warehouse. Values are read first; the page is made in a thread once the transaction is over."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.documents.zpl import Dpi
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.warehouse import service
from shangmai.modules.warehouse.contract.paths import PickPath
from shangmai.modules.warehouse.contract.picking import TaskId
from shangmai.modules.warehouse.contract.places import BinKind
from shangmai.modules.warehouse.contract.printing import LABELS_MAX, LabelSize
from shangmai.modules.warehouse.contract.waves import WaveId
from shangmai.modules.warehouse.service import printing
from shangmai.modules.warehouse.service.printing import gathering

READ: Final = {"grant": "warehouse.read"}
LABELS: Final = {"grant": "warehouse.print_labels"}
"""Labels and notes tell where people live."""
Docs = Annotated[
    list[UUID],
    QueryParameter(name="doc", min_items=1, max_items=LABELS_MAX, description="Units to print for. 发货单。"),
]


class Printed(StrEnum):
    """PDF, or the language of label printers at 203 or 300 dots an inch."""

    PDF = "pdf"
    ZPL_203 = "zpl203"
    ZPL_300 = "zpl300"

    @property
    def dpi(self) -> Dpi:
        return Dpi.D300 if self is Printed.ZPL_300 else Dpi.D203


@get("/api/v1/warehouse/tasks/{task_id:uuid}/path", opt=READ)
async def read_pick_path(tx: Tx, task_id: UUID) -> PickPath:
    """Read the way of a task, how long it is, and how long the shortest can be at least. Raises: TaskNotFound."""
    return await gathering.pick_path(tx, await service.get_task(tx, TaskId(task_id)))


@get("/api/v1/warehouse/tasks/{task_id:uuid}/pick-list", opt=READ, include_in_schema=False)
async def print_pick_list(db: Database, actor: Actor, lang: Lang, task_id: UUID) -> Response[bytes]:
    """Print what a task still fetches, along its way. Raises: TaskNotFound, NothingToPrint."""
    async with db.reading(actor) as tx:
        lists = [await gathering.pick_list_of(tx, TaskId(task_id))]
    return _pdf(await asyncio.to_thread(printing.pick_lists, lists, lang))


@get("/api/v1/warehouse/waves/{wave_id:uuid}/pick-lists", opt=READ, include_in_schema=False)
async def print_pick_lists(db: Database, actor: Actor, lang: Lang, wave_id: UUID) -> Response[bytes]:
    """Print the pick lists of a wave's tasks as one document. Raises: WaveNotFound, NothingToPrint."""
    async with db.reading(actor) as tx:
        lists = await gathering.pick_lists_of(tx, WaveId(wave_id))
    return _pdf(await asyncio.to_thread(printing.pick_lists, lists, lang))


@get("/api/v1/warehouse/parcel-labels", opt=LABELS, include_in_schema=False)
async def print_parcel_labels(
    db: Database,
    actor: Actor,
    lang: Lang,
    docs: Docs,
    size: LabelSize = LabelSize.WAYBILL,
    format: Printed = Printed.PDF,
) -> Response[Any]:
    """Print the waybill labels of these units' parcels, in this order. Raises: NotBookedYet, ReceiverGone."""
    async with db.reading(actor) as tx:
        labels = await gathering.waybill_labels_of(tx, docs, lang)
    if format is Printed.PDF:
        return _pdf(await asyncio.to_thread(printing.waybills, labels, size, lang))
    return _zpl(await asyncio.to_thread(printing.waybills_zpl, labels, size, lang, format.dpi))


@get("/api/v1/warehouse/delivery-notes", opt=LABELS, include_in_schema=False)
async def print_delivery_notes(db: Database, actor: Actor, lang: Lang, docs: Docs) -> Response[bytes]:
    """Print the delivery notes of these units, each on a page of its own. Raises: RequestNotFound."""
    async with db.reading(actor) as tx:
        notes = await gathering.delivery_notes_of(tx, docs)
    return _pdf(await asyncio.to_thread(printing.delivery_notes, notes, lang))


@get("/api/v1/warehouse/bin-labels", opt=READ, include_in_schema=False)
async def print_bin_labels(
    db: Database,
    actor: Actor,
    lang: Lang,
    warehouse_id: WarehouseId,
    zone: str | None = None,
    kind: BinKind | None = None,
    after: str = "",
    format: Printed = Printed.PDF,
) -> Response[Any]:
    """Print labels of bins by code: of a zone, of a kind, those after a code. Raises: NothingToPrint."""
    async with db.reading(actor) as tx:
        labels = await gathering.bin_labels_of(tx, warehouse_id, zone, kind, after)
    if format is Printed.PDF:
        return _pdf(await asyncio.to_thread(printing.bin_labels, labels, lang))
    return _zpl(await asyncio.to_thread(printing.bin_labels_zpl, labels, lang, format.dpi))


@get("/api/v1/warehouse/goods-labels", opt=READ, include_in_schema=False)
async def print_goods_labels(
    db: Database,
    actor: Actor,
    lang: Lang,
    skus: Annotated[list[SkuId], QueryParameter(name="sku", min_items=1, max_items=LABELS_MAX)],
    copies: Annotated[int, Parameter(ge=1, le=LABELS_MAX)] = 1,
    size: LabelSize = LabelSize.GOODS,
    format: Printed = Printed.PDF,
) -> Response[Any]:
    """Print labels with the codes of SKUs, so many of each. Raises: SkuNotFound, TooManyLabels, NotInCode128."""
    async with db.reading(actor) as tx:
        labels = await gathering.goods_labels_of(tx, skus, copies)
    if format is Printed.PDF:
        return _pdf(await asyncio.to_thread(printing.goods_labels, labels, size, lang))
    return _zpl(await asyncio.to_thread(printing.goods_labels_zpl, labels, size, lang, format.dpi))


def _pdf(body: bytes) -> Response[bytes]:
    return Response(body, media_type="application/pdf", headers={"cache-control": "no-store"})


def _zpl(body: str) -> Response[str]:
    return Response(body, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-store"})


routes: Final[list[Any]] = [
    read_pick_path, print_pick_list, print_pick_lists, print_parcel_labels, print_delivery_notes, print_bin_labels,
    print_goods_labels,
]  # fmt: skip
