"""Pieces with numbers of their own: coming in, passing the packing station, leaving."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Warehouse
from shangmai.modules.warehouse.contract.picking import BarcodeUnknown, TooMany, WrongGoods
from shangmai.modules.warehouse.contract.requests import Requested
from shangmai.modules.warehouse.contract.serials import (
    MoreSerialsThanStock,
    RegisterSerials,
    SerialInParcel,
    SerialInStock,
    SerialNeeded,
    SerialNotHere,
    SerialNotOfOrder,
    SerialsMissing,
    SerialsNoted,
    SerialsRegistered,
    SerialTwice,
)
from shangmai.modules.warehouse.queries import serials as queries
from shangmai.modules.warehouse.queries.serials import Piece


async def register(tx: Tx, do: RegisterSerials, warehouse: Warehouse, item: Item) -> SerialsNoted:
    """Let these pieces be in a warehouse, whose turn this is. Event warehouse.serials_registered.v1.

    Raises: SerialTwice, SerialInStock, SerialNotOfOrder, MoreSerialsThanStock.
    """
    check_once(do.serials)
    noted = await queries.register(tx, do, warehouse, item)
    for serial in sorted(set(do.serials) - noted):
        raise SerialInStock(serial=serial) if do.order_id is None else SerialNotOfOrder(serial=serial)
    here = await queries.count_in(tx, warehouse.id, do.sku_id)
    on_hand = await inventory.on_hand(tx, [warehouse.id], [do.sku_id])
    if here > sum(on_hand.values()):
        raise MoreSerialsThanStock(on_hand=sum(on_hand.values()), serials=here)
    await queries.note_steps(tx, do, warehouse, item)
    tx.emit(SerialsRegistered(warehouse_id=warehouse.id, sku_id=do.sku_id, pieces=len(noted)), item)
    return SerialsNoted(warehouse_id=warehouse.id, sku_id=do.sku_id, noted=len(noted), in_warehouse=here)


def check_once(serials: Sequence[str]) -> None:
    """Raises: SerialTwice."""
    for serial, times in Counter(serials).items():
        if times > 1:
            raise SerialTwice(serial=serial)


class Numbers(Struct):
    """What the packing station knows of pieces with numbers, while a list of scans is decided.

    `numbered`: SKUs of which each piece is scanned by its number, by company. `names`: of requests that have some.
    """

    skus: Mapping[str, Sku]
    of_id: Mapping[SkuId, Sku]
    pieces: dict[str, list[Piece]]
    numbered: set[tuple[UUID, SkuId]]
    names: dict[UUID, str]
    put: list[tuple[Piece, UUID]] = []

    def meant(self, request: Requested, wanted: Collection[SkuId], scanned: str, qty: int) -> tuple[Sku, Piece | None]:
        """The SKU that was scanned for a request, and the very piece, if that is told by its number.

        Raises: BarcodeUnknown, SerialNeeded, SerialNotHere, SerialInParcel, TooMany, WrongGoods.
        """
        sku = self.skus.get(scanned)
        if sku is not None:
            if (request.company_id, sku.id) in self.numbered:
                raise SerialNeeded(sku=sku.code)
            return sku, None
        same = [each for each in self.pieces.get(scanned, ()) if each.company_id == request.company_id]
        if not same:
            raise BarcodeUnknown(scanned=scanned)
        piece = next((each for each in same if each.sku_id in wanted), same[0])
        if piece.warehouse_id != request.warehouse_id:
            raise SerialNotHere(serial=scanned)
        if piece.doc is not None:
            raise SerialInParcel(serial=scanned, number=self.names[piece.doc])
        if qty > 1:
            raise TooMany(left=1, qty=qty)
        if piece.sku_id not in self.of_id:
            raise WrongGoods(scanned=scanned, expected=", ".join(self.of_id[sku_id].code for sku_id in wanted))
        return self.of_id[piece.sku_id], piece

    def passes(self, request: Requested, piece: Piece) -> None:
        """Let a piece be in the parcel of a request, also for the scans behind it."""
        same = self.pieces[piece.serial]
        same[same.index(piece)] = replace(piece, doc=request.doc)
        self.names[request.doc] = request.number
        self.put.append((piece, request.doc))


async def numbers_at(
    tx: Tx,
    requests: Collection[Requested],
    scanned: Collection[str],
    skus: Mapping[str, Sku],
    of_id: Mapping[SkuId, Sku],
) -> Numbers:
    """Look up what of these scans are SKUs of which each piece has a number, or such numbers; locks those pieces."""
    others = set(scanned) - skus.keys()
    pieces = await queries.lock_scanned(tx, others) if others else {}
    docs = {each.doc for some in pieces.values() for each in some if each.doc is not None}
    companies = {each.company_id for each in requests}
    return Numbers(
        skus=skus,
        of_id=of_id,
        pieces=pieces,
        numbered=await queries.numbered(tx, companies, {sku.id for sku in skus.values()}),
        names=await queries.numbers_of(tx, docs) if docs else {},
    )


async def missing_of(
    tx: Tx, requests: Collection[Requested], wanted: Mapping[UUID, Mapping[SkuId, int]], skus: Mapping[SkuId, Sku]
) -> dict[UUID, AppError]:
    """Why parcels can't be closed: pieces that passed before anybody said that each has a number; by request."""
    companies = {each.company_id for each in requests}
    numbered = await queries.numbered(tx, companies, {sku_id for some in wanted.values() for sku_id in some})
    if not numbered:
        return {}
    there = await queries.counts_in(tx, [each.doc for each in requests])
    found: dict[UUID, AppError] = {}
    for each in requests:
        for sku_id, qty in wanted[each.doc].items():
            got = there.get((each.doc, sku_id), 0)
            if (each.company_id, sku_id) in numbered and got != qty:
                found[each.doc] = SerialsMissing(sku=skus[sku_id].code, qty=qty, serials=got)
    return found
