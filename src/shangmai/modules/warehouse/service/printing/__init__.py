"""The warehouse's paper as PDF, and its labels for label printers, from plain values.

What is printed holds no more of a person than it must: the receiver's and the sender's name and phone are masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from shangmai.kernel.crypto import mask_name, mask_phone
from shangmai.kernel.documents import code128, qr, zpl
from shangmai.kernel.documents.press import Press
from shangmai.kernel.documents.zpl import Dpi
from shangmai.kernel.i18n import Lang, t
from shangmai.modules.warehouse.contract.printing import (
    BinLabel,
    DeliveryNote,
    GoodsLabel,
    LabelSize,
    PickList,
    WaybillLabel,
)

WORDS: Final = (
    *("to", "from", "goods", "note", "zone", "lot", "expires", "pick_list", "warehouse", "wave", "lines", "pieces"),
    *("walk", "printed", "bin", "code", "name", "qty", "cells", "delivery_note", "receiver", "waybill"),
)
INCH_MM: Final = 25.4


def pick_lists(of: Sequence[PickList], lang: Lang) -> bytes:
    """Pick lists as one PDF, A4, each on pages of its own.

    Of each line a box to tick, bin, goods and pieces; of each list its number as Code 128.
    """
    lists = [
        msgspec.to_builtins(each)
        | {
            "bars": _bars(each.number),
            "pieces": sum(line.qty for line in each.lines),
            "walk": f"{each.walk_mm / 1000:.0f} m" if each.walk_mm else "",
        }
        for each in of
    ]
    return _press("picking").pdf({"lists": lists} | _common(lang, Dpi.D300))


def delivery_notes(of: Sequence[DeliveryNote], lang: Lang) -> bytes:
    """Delivery notes as one PDF, A5, each on a page of its own."""
    notes = [
        msgspec.to_builtins(note)
        | _person("receiver", note.receiver_name, note.receiver_phone)
        | {"bars": _bars(note.number), "pieces": sum(line.qty for line in note.lines)}
        for note in of
    ]
    return _press("note").pdf({"notes": notes} | _common(lang, Dpi.D300))


def waybills(of: Sequence[WaybillLabel], size: LabelSize, lang: Lang) -> bytes:
    """Labels for parcels as one PDF, one a page. Code 128 and QR hold the waybill."""
    return _press("waybill").pdf(_waybills(of, size, lang, Dpi.D203))


def waybills_zpl(of: Sequence[WaybillLabel], size: LabelSize, lang: Lang, dpi: Dpi) -> str:
    """The same for a label printer."""
    return zpl.labels(_press("waybill").pictures(_waybills(of, size, lang, dpi), dpi))


def bin_labels(of: Sequence[BinLabel], lang: Lang, size: LabelSize = LabelSize.BIN) -> bytes:
    """Labels for bins as one PDF, one a page."""
    return _press("bin").pdf(_bins(of, size, lang, Dpi.D203))


def bin_labels_zpl(of: Sequence[BinLabel], lang: Lang, dpi: Dpi, size: LabelSize = LabelSize.BIN) -> str:
    """The same for a label printer."""
    return zpl.labels(_press("bin").pictures(_bins(of, size, lang, dpi), dpi))


def goods_labels(of: Sequence[GoodsLabel], size: LabelSize, lang: Lang) -> bytes:
    """Labels for goods as one PDF, one a page."""
    return _press("goods").pdf(_goods(of, size, lang, Dpi.D203))


def goods_labels_zpl(of: Sequence[GoodsLabel], size: LabelSize, lang: Lang, dpi: Dpi) -> str:
    """The same for a label printer."""
    return zpl.labels(_press("goods").pictures(_goods(of, size, lang, dpi), dpi))


@cache
def _press(name: str) -> Press:
    return Press(Path(__file__).parent / "templates" / f"{name}.typ")


def _common(lang: Lang, dpi: Dpi, size: LabelSize | None = None) -> dict[str, Any]:
    width, height = size.millimetres if size else (0, 0)
    words = {word: t(f"warehouse.print.{word}", lang) for word in WORDS}
    lang_code = lang.partition("-")[0]
    return {"words": words, "lang": lang_code, "dot_mm": INCH_MM / dpi, "width_mm": width, "height_mm": height}


def _waybills(of: Sequence[WaybillLabel], size: LabelSize, lang: Lang, dpi: Dpi) -> Mapping[str, Any]:
    labels = [
        msgspec.to_builtins(label)
        | _person("receiver", label.receiver_name, label.receiver_phone)
        | _person("sender", label.sender_name, label.sender_phone)
        | {
            "weight": f"{label.weight_g / 1000:.2f} kg" if label.weight_g else "",
            "waybill_bars": _bars(label.waybill),
            "waybill_square": _square(label.waybill),
            "number_bars": _bars(label.number) if label.number else None,
        }
        for label in of
    ]
    return {"labels": labels} | _common(lang, dpi, size)


def _bins(of: Sequence[BinLabel], size: LabelSize, lang: Lang, dpi: Dpi) -> Mapping[str, Any]:
    labels = [msgspec.to_builtins(label) | {"bars": _bars(label.code)} for label in of]
    return {"labels": labels} | _common(lang, dpi, size)


def _goods(of: Sequence[GoodsLabel], size: LabelSize, lang: Lang, dpi: Dpi) -> Mapping[str, Any]:
    labels = [msgspec.to_builtins(label) | {"bars": _bars(label.barcode)} for label in of]
    return {"labels": labels} | _common(lang, dpi, size)


def _person(who: str, name: str, phone: str) -> dict[str, str]:
    return {
        f"{who}_name": mask_name(name) if name else "",
        f"{who}_phone": mask_phone(phone) if phone else "",
    }


def _bars(of: str) -> dict[str, Any]:
    return {"svg": code128.svg(of), "modules": sum(code128.bars(of))}


def _square(of: str) -> dict[str, Any]:
    picture, modules = qr.svg(of)
    return {"svg": picture, "modules": modules}
