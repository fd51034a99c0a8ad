"""What stands on the warehouse's paper: pick lists, delivery notes, labels for parcels, bins and goods."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shangmai.kernel.errors import Conflict, Invalid, NotFound

LABELS_MAX = 2_000
"""Labels, or notes, in one document."""


class LabelSize(StrEnum):
    """Width and height of a label, in millimetres."""

    WAYBILL = "100x150"
    WAYBILL_NARROW = "76x130"
    BIN = "70x30"
    GOODS = "60x40"
    GOODS_SMALL = "40x30"

    @property
    def millimetres(self) -> tuple[int, int]:
        width, _, height = self.value.partition("x")
        return int(width), int(height)


class WaybillLabel(Struct, frozen=True, kw_only=True):
    """What stands on a parcel (面单). `route`: the carrier's sorting code; `number`: of the unit packed in it.

    The phones and the names' ends are masked when it is printed.
    """

    waybill: str
    carrier: str
    receiver_name: str
    receiver_phone: str
    receiver_address: str
    sender_name: str = ""
    sender_phone: str = ""
    sender_address: str = ""
    route: str = ""
    number: str = ""
    goods: str = ""
    weight_g: int = 0
    note: str = ""


class PickListLine(Struct, frozen=True, kw_only=True):
    """So many pieces of a SKU out of a bin. `cells`: into which cells they go, where they are sorted on the way."""

    bin: str
    code: str
    name: str
    qty: int
    lot: str = ""
    cells: str = ""


class PickList(Struct, frozen=True, kw_only=True):
    """A picker's paper (拣货单), its lines in the order in which they are walked. `walk_mm`: how far; 0 if unknown."""

    number: str
    warehouse: str
    lines: tuple[PickListLine, ...]
    wave: str = ""
    printed_at: str = ""
    walk_mm: int = 0


class NoteLine(Struct, frozen=True, kw_only=True):
    """So many pieces of something in a parcel."""

    code: str
    name: str
    qty: int


class DeliveryNote(Struct, frozen=True, kw_only=True):
    """What is in a parcel (发货单), for whoever opens it; phone and name are masked when it is printed."""

    number: str
    lines: tuple[NoteLine, ...]
    shop: str = ""
    waybill: str = ""
    receiver_name: str = ""
    receiver_phone: str = ""
    receiver_address: str = ""
    note: str = ""
    printed_at: str = ""


class BinLabel(Struct, frozen=True, kw_only=True):
    """A bin's label; its code is what is scanned."""

    code: str
    zone: str = ""


class GoodsLabel(Struct, frozen=True, kw_only=True):
    """A label on goods; the barcode is what is scanned."""

    barcode: str
    name: str
    code: str = ""
    lot: str = ""
    expires_on: str = ""


class NothingToPrint(NotFound):
    """There is nothing left to print here. Look whether all of it is picked already, or choose another zone."""

    zh = "这里没有可打印的内容。请确认是否已全部拣完，或换一个库区。"


class NotBookedYet(Conflict):
    """The unit {doc} has no parcel with a waybill yet. Book it with logistics.book_parcel, then print again."""

    zh = "发货单 {doc} 还没有运单号，请先取号（logistics.book_parcel），再打印。"


class ReceiverGone(Conflict):
    """Nobody knows any more where parcel {waybill} goes: it ended long ago. Look at the order instead."""

    zh = "包裹 {waybill} 早已结束，收件信息已删除，无法打印，请到订单中查看。"


class TooManyLabels(Invalid):
    """{labels} labels are too many for one document. Print at most {most} at once."""

    zh = "一次打印 {labels} 张标签过多，每次最多 {most} 张。"
