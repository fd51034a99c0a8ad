"""Paper: how long labels and lists take as PDF, and as graphics for label printers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bench.harness import Table
from shangmai.kernel.documents.zpl import Dpi
from shangmai.modules.warehouse import contract as _texts  # noqa: F401  registers the words that are printed
from shangmai.modules.warehouse.contract.printing import (
    BinLabel,
    DeliveryNote,
    LabelSize,
    NoteLine,
    PickList,
    PickListLine,
    WaybillLabel,
)
from shangmai.modules.warehouse.service import printing

LABELS: Final = 1_000
GRAPHICS: Final = 100


def run(_seconds: float) -> list[Table]:
    """Measure once each, after one label that loads the compiler and the font."""
    table = Table(
        "Labels and lists",
        ["what", "pages", "CPU seconds", "a page", "kB in all"],
        "CPU seconds of one process, of all its threads. Every label differs: waybill as Code 128 and QR, the unit's"
        " number as Code 128, Chinese addresses. ZPL: the page as a compressed graphic.",
    )
    started = time.process_time()
    printing.waybills([waybill(0)], LabelSize.WAYBILL, "zh-CN")
    table.add("the first label, with compiler and font", 1, *_figures(time.process_time() - started, 1, 0))
    waybills = [waybill(n) for n in range(1, LABELS + 1)]
    for size in (LabelSize.WAYBILL, LabelSize.WAYBILL_NARROW):
        _measured(
            table, f"waybills {size} mm, one PDF", LABELS, lambda size=size: printing.waybills(waybills, size, "zh-CN")
        )
    bins = [BinLabel(code=f"A-{n // 100:02d}-{n % 100:02d}-1", zone="A") for n in range(LABELS)]
    _measured(table, "bin labels, one PDF", LABELS, lambda: printing.bin_labels(bins, "zh-CN"))
    notes = [note(n) for n in range(LABELS)]
    _measured(table, "delivery notes of 3 lines, one PDF", LABELS, lambda: printing.delivery_notes(notes, "zh-CN"))
    _measured(table, "pick list of 60 lines", 2, lambda: printing.pick_lists([picking()], "zh-CN"))
    for dpi in Dpi:
        _measured(
            table, f"waybills 100x150 mm, ZPL, {dpi:d} dpi", GRAPHICS,
            lambda dpi=dpi: printing.waybills_zpl(waybills[:GRAPHICS], LabelSize.WAYBILL, "zh-CN", dpi),
        )  # fmt: skip
    return [table]


def _measured(table: Table, what: str, pages: int, made: Callable[[], bytes | str]) -> None:
    started = time.process_time()
    size = len(made())
    table.add(what, f"{pages:,}", *_figures(time.process_time() - started, pages, size))


def _figures(seconds: float, pages: int, size: int) -> list[str]:
    return [f"{seconds:.2f}", f"{seconds / pages * 1000:.1f} ms", f"{size / 1000:,.0f}" if size else ""]


def waybill(n: int) -> WaybillLabel:
    return WaybillLabel(
        waybill=f"SF14{n:011d}", carrier="顺丰速运", route=f"571-AB 12 {n % 1000:03d}", receiver_name="张小凡",
        receiver_phone=f"138{n:08d}", receiver_address=f"浙江省杭州市西湖区文三路 {n} 号银江科技大厦 801 室",
        sender_name="商脉旗舰店", sender_phone="057188886666", sender_address="浙江省杭州市余杭区仓前街道 1 号仓",
        number=f"U20261128{n:06d}", goods="龙井茶 250g ×2；旅行杯 ×1", weight_g=1_250, note="易碎",
    )  # fmt: skip


def note(n: int) -> DeliveryNote:
    lines = tuple(NoteLine(code=f"SKU-{n}-{k}", name="西湖龙井 明前特级 250g", qty=k + 1) for k in range(3))
    return DeliveryNote(number=f"U20261128{n:06d}", lines=lines, shop="商脉旗舰店", receiver_name="张小凡")


def picking() -> PickList:
    lines = tuple(
        PickListLine(bin=f"A-{n // 10:02d}-{n % 10:02d}-1", code=f"SKU-{n}", name="西湖龙井 明前特级 250g", qty=n + 1)
        for n in range(60)
    )
    return PickList(number="W20261128-01", warehouse="杭州仓", lines=lines)
