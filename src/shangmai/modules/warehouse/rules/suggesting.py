"""Choosing bins for arrivals: bins with the same goods first, then empty ones; what moves fast near the front."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from shangmai.kernel.i18n import LANGS, t
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.catalog.contract.handling import Temperature
from shangmai.modules.warehouse.contract.pieces import InBin
from shangmai.modules.warehouse.contract.places import Bin, BinKind
from shangmai.modules.warehouse.contract.suggesting import PutAwayPlan, PutAwayStep, Reason, Turnover


class Shelf(Struct, frozen=True, kw_only=True):
    """A bin that is kept as the goods need it, what lies in it, and how many of them fit (None: not measured)."""

    bin: Bin
    lying: Sequence[InBin]
    room: int | None


def room(most: int | None, used: int, each: int) -> int | None:
    """How many pieces of a size fit into what is left of a bin, whole ones; None where either is not known."""
    return None if most is None or each <= 0 else max(most - used, 0) // each


def plan(shelves: Sequence[Shelf], sku_id: SkuId, lot: str, qty: int, turnover: Turnover) -> PutAwayPlan:
    """Spread pieces over bins in the order of preference, each up to its room."""
    steps, left = [], qty
    for shelf in sorted(shelves, key=lambda each: _preference(each, sku_id, lot, turnover)):
        part = left if shelf.room is None else min(left, shelf.room)
        if part > 0:
            steps.append(_step(shelf, part, _reasons(shelf, sku_id, lot, turnover)))
            left -= part
    return PutAwayPlan(turnover=turnover, steps=steps, left=left)


def _preference(shelf: Shelf, sku_id: SkuId, lot: str, turnover: Turnover) -> tuple[int, int, int, int, str]:
    """Pick bins before reserve; with the same goods, empty, others; then near or far, low before high."""
    bin_ = shelf.bin
    near = bin_.offset_mm or 0
    return (
        0 if bin_.kind is BinKind.PICK else 1,
        0 if _has_same(shelf, sku_id, lot) else 1 if not shelf.lying else 2,
        -near if turnover is Turnover.C else near,
        bin_.level or 0,
        bin_.code,
    )


def _has_same(shelf: Shelf, sku_id: SkuId, lot: str) -> bool:
    """Whether all pieces of the SKU in it are of this lot, and there are some: two lots in one bin get mixed up."""
    same = [each.lot == lot for each in shelf.lying if each.sku_id == sku_id]
    return bool(same) and all(same)


def _reasons(shelf: Shelf, sku_id: SkuId, lot: str, turnover: Turnover) -> list[Reason]:
    found = [Reason.SAME_GOODS] if _has_same(shelf, sku_id, lot) else [] if shelf.lying else [Reason.EMPTY]
    if shelf.bin.offset_mm is not None and turnover is not Turnover.B:
        found.append(Reason.NEAR if turnover is Turnover.A else Reason.FAR)
    if shelf.bin.temperature is not Temperature.AMBIENT:
        found.append(Reason.TEMPERATURE)
    if shelf.bin.kind is BinKind.RESERVE:
        found.append(Reason.RESERVE)
    if shelf.room is not None:
        found.append(Reason.ROOM)
    return found


def _step(shelf: Shelf, qty: int, reasons: list[Reason]) -> PutAwayStep:
    zh, en = (
        ("；" if lang == "zh-CN" else "; ").join(
            t(f"warehouse.put_away.{reason.value}", lang, room=shelf.room or 0) for reason in reasons
        )
        for lang in LANGS
    )
    return PutAwayStep(
        bin_id=shelf.bin.id,
        bin=shelf.bin.code,
        kind=shelf.bin.kind,
        qty=qty,
        room=shelf.room,
        reasons=reasons,
        zh=zh,
        en=en,
    )
