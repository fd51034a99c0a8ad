"""Paper: a barcode reader reads what is printed, in both languages and on all sizes; nothing tells a phone."""

from __future__ import annotations

import contextlib
import io
import re
import struct
import zlib

import msgspec
import pytest
import zxingcpp
from PIL import Image

from shangmai.kernel.documents.code128 import NotInCode128
from shangmai.kernel.documents.zpl import Dpi
from shangmai.kernel.i18n import Lang
from shangmai.modules.warehouse.contract.printing import (
    BinLabel,
    DeliveryNote,
    GoodsLabel,
    LabelSize,
    NoteLine,
    PickList,
    PickListLine,
    WaybillLabel,
)
from shangmai.modules.warehouse.service import printing
from tests.kernel.test_documents import printed

LABEL = WaybillLabel(
    waybill="SF1400000000001",
    carrier="顺丰速运",
    route="571-AB 12 001",
    receiver_name="张小凡",
    receiver_phone="13812345678",
    receiver_address="浙江省杭州市西湖区文三路 123 号银江科技大厦 801 室",
    sender_name="商脉旗舰店",
    sender_phone="0571-88886666",
    sender_address="浙江省杭州市余杭区仓前街道 1 号仓",
    number="U20261128000001",
    goods="龙井茶 250g ×2",
    weight_g=1_250,
    note="易碎",
)
WAYBILL_SIZES = (LabelSize.WAYBILL, LabelSize.WAYBILL_NARROW)


def read(image: Image.Image) -> set[tuple[str, str]]:
    return {(found.format.name, found.text) for found in zxingcpp.read_barcodes(image)}


class TestWaybills:
    @pytest.mark.parametrize("lang", ["zh-CN", "en"])
    @pytest.mark.parametrize("dpi", list(Dpi))
    @pytest.mark.parametrize("size", WAYBILL_SIZES)
    def test_a_label_printer_prints_what_readers_read(self, size: LabelSize, dpi: Dpi, lang: Lang) -> None:
        image = printed(printing.waybills_zpl([LABEL], size, lang, dpi))
        width, height = size.millimetres
        assert abs(image.width - width * dpi / 25.4) <= 1
        assert abs(image.height - height * dpi / 25.4) <= 1
        assert read(image) == {
            ("Code128", LABEL.waybill),
            ("QRCode", LABEL.waybill),
            ("Code128", LABEL.number),
        }

    @pytest.mark.parametrize("waybill", ["YT1234567890123", "78123456789012", "JDVB12345678901-1-1-", "E"])
    def test_carriers_numbers_of_all_kinds_fit(self, waybill: str) -> None:
        label = msgspec.structs.replace(LABEL, waybill=waybill, number="")
        image = printed(printing.waybills_zpl([label], LabelSize.WAYBILL_NARROW, "zh-CN", Dpi.D203))
        assert read(image) == {("Code128", waybill), ("QRCode", waybill)}

    def test_a_thousand_are_one_pdf_with_a_page_each(self) -> None:
        labels = [msgspec.structs.replace(LABEL, waybill=f"SF{n:013d}") for n in range(1_000)]
        assert pages(printing.waybills(labels, LabelSize.WAYBILL, "zh-CN")) == 1_000

    def test_equal_labels_are_equal_bytes_and_hide_the_middle_of_phones_and_the_end_of_names(self) -> None:
        one = printing.waybills([LABEL], LabelSize.WAYBILL, "zh-CN")
        other = msgspec.structs.replace(
            LABEL, receiver_phone="13899995678", receiver_name="张三", sender_name="商", sender_phone="05712222 6666"
        )
        assert printing.waybills([other], LabelSize.WAYBILL, "zh-CN") == one
        shown = msgspec.structs.replace(LABEL, receiver_phone="13812345679")
        assert printing.waybills([shown], LabelSize.WAYBILL, "zh-CN") != one

    def test_the_words_are_in_the_readers_language(self) -> None:
        zh, en = (printing.waybills([LABEL], LabelSize.WAYBILL, lang) for lang in ("zh-CN", "en"))
        assert zh != en

    def test_long_texts_stay_on_their_label(self) -> None:
        label = msgspec.structs.replace(
            LABEL, receiver_address="很长的地址" * 60, goods="商品" * 200, note="备注" * 200, carrier="某某快递" * 9
        )
        assert pages(printing.waybills([label] * 3, LabelSize.WAYBILL_NARROW, "zh-CN")) == 3

    def test_what_no_barcode_can_hold_is_refused(self) -> None:
        with pytest.raises(NotInCode128):
            printing.waybills([msgspec.structs.replace(LABEL, waybill="运单")], LabelSize.WAYBILL, "zh-CN")


class TestOtherLabels:
    @pytest.mark.parametrize("dpi", list(Dpi))
    @pytest.mark.parametrize("code", ["A-01-03-2", "A", "ZONE-0123.ABC_def-09-08-07-06"])
    def test_bins(self, code: str, dpi: Dpi) -> None:
        image = printed(printing.bin_labels_zpl([BinLabel(code=code, zone="A 常温区")], "zh-CN", dpi))
        assert read(image) == {("Code128", code)}
        assert pages(printing.bin_labels([BinLabel(code=code)] * 3, "en")) == 3

    @pytest.mark.parametrize("dpi", list(Dpi))
    @pytest.mark.parametrize("size", [LabelSize.GOODS, LabelSize.GOODS_SMALL])
    def test_goods(self, size: LabelSize, dpi: Dpi) -> None:
        label = GoodsLabel(
            barcode="6901234567892", name="西湖龙井 明前特级 " * 5, code="LJ-250", lot="L1", expires_on="2027-10-01"
        )
        image = printed(printing.goods_labels_zpl([label], size, "zh-CN", dpi))
        assert read(image) == {("Code128", label.barcode)}
        assert pages(printing.goods_labels([label] * 2, size, "en")) == 2


class TestSheets:
    def test_a_pick_list_goes_on_over_pages(self) -> None:
        line = PickListLine(bin="A-01-03-2", code="LJ-250", name="西湖龙井", qty=2, lot="L1", cells="1×1 2×1")
        one = PickList(number="W20261128-01", warehouse="杭州仓", lines=(line,), wave="W1", walk_mm=123_400)
        assert pages(printing.pick_lists([one], "zh-CN")) == 1
        many = msgspec.structs.replace(one, lines=(msgspec.structs.replace(line, lot="", cells=""),) * 60)
        assert pages(printing.pick_lists([many, one], "en")) == 3

    def test_each_delivery_note_starts_a_page_and_hides_the_phone(self) -> None:
        note = DeliveryNote(
            number="U1",
            lines=(NoteLine(code="LJ-250", name="西湖龙井", qty=2),),
            shop="商脉旗舰店",
            receiver_name="张小凡",
            receiver_phone="13812345678",
            receiver_address="浙江省杭州市",
        )
        assert pages(printing.delivery_notes([note] * 4, "zh-CN")) == 4
        hidden = msgspec.structs.replace(note, receiver_phone="13800005678")
        assert printing.delivery_notes([hidden], "zh-CN") == printing.delivery_notes([note], "zh-CN")


def pages(pdf: bytes) -> int:
    """How many pages a PDF says it has, of itself or within its compressed objects."""
    assert pdf.startswith(b"%PDF-")
    texts = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):  # what is not deflated is no text
            texts.append(zlib.decompress(found[1]))
    counts = [int(n) for text in texts for n in re.findall(rb"/Type ?/Pages[^>]*?/Count (\d+)", text)]
    counts += [int(n) for text in texts for n in re.findall(rb"/Count (\d+)[^>]*?/Type ?/Pages", text)]
    return max(counts)


def test_a_picture_is_as_large_as_its_label() -> None:
    values = printing._waybills([LABEL], LabelSize.WAYBILL, "zh-CN", Dpi.D203)
    (picture,) = printing._press("waybill").pictures(values, 203)
    assert struct.unpack(">II", picture[16:24]) == Image.open(io.BytesIO(picture)).size
