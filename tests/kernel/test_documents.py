"""Barcodes are read again by a reader that is not ours, and are as short as can be; graphics lose no dot."""

from __future__ import annotations

import io
import re
from functools import cache
from itertools import groupby

import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from shangmai.kernel.documents import code128, qr, zpl
from shangmai.kernel.documents.code128 import NotInCode128

TEXTS = st.text(st.characters(max_codepoint=127), min_size=1, max_size=20) | st.from_regex(r"\A[A-Z]{0,3}[0-9]{1,18}\Z")


def read(image: Image.Image) -> list[tuple[str, bytes]]:
    return [(found.format.name, found.bytes) for found in zxingcpp.read_barcodes(image)]


def drawn(rows: list[list[bool]], scale: int = 3, quiet: int = 12) -> Image.Image:
    """Modules as a picture with white all around."""
    width, height = len(rows[0]), len(rows)
    image = Image.new("L", (width + 2 * quiet, height + 2 * quiet), 255)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + quiet, y + quiet), 0)
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


class TestCode128:
    @settings(max_examples=300)
    @given(TEXTS)
    @example("SF1400000000001")
    @example("a\x01b\x7f")
    def test_a_reader_reads_what_was_written(self, text: str) -> None:
        row = [n % 2 == 0 for n, width in enumerate(code128.bars(text)) for _ in range(width)]
        assert read(drawn([row] * 20)) == [("Code128", text.encode())]

    @settings(max_examples=200)
    @given(st.text(st.sampled_from("07aA\x01"), min_size=1, max_size=9))
    def test_there_are_no_fewer_symbols(self, text: str) -> None:
        @cache
        def fewest(n: int, code: str) -> int:
            """Symbols for the rest, by trying whatever is allowed; a switch is followed by a character."""
            if n == len(text):
                return 0
            ways = [
                (other != code) + step + fewest(n + width, other)
                for other in "ABC"
                for step, width in _steps(text, n, other)
            ]
            return min(ways)

        assert len(code128.symbols(text)) == 3 + min(fewest(0, code) for code in "ABC")

    def test_digits_go_in_pairs_and_the_check_symbol_is_right(self) -> None:
        assert code128.symbols("12345678") == (105, 12, 34, 56, 78, (105 + 12 + 68 + 168 + 312) % 103, 106)
        assert code128.symbols("PJJ123C")[0] in {103, 104}
        assert len(code128.symbols("A")) == 4

    def test_what_no_reader_could_read_is_refused(self) -> None:
        for text in ("", "运单", "x" * 81):
            with pytest.raises(NotInCode128):
                code128.symbols(text)


def _steps(text: str, n: int, code: str) -> list[tuple[int, int]]:
    """How many symbols the next characters take in a code set, and how many characters they are."""
    if code == "C":
        return [(1, 2)] if re.match("[0-9]{2}", text[n:]) else []
    here = ord(text[n]) < 96 if code == "A" else ord(text[n]) >= 32
    return [(1 if here else 2, 1)]


class TestQr:
    @pytest.mark.parametrize("text", ["SF1400000000001", "https://example.com/p/1?x=2", "运单 SF14"])
    def test_a_reader_reads_what_was_written(self, text: str) -> None:
        picture, size = qr.svg(text)
        rows = [[False] * size for _ in range(size)]
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", picture):
            for n in range(int(width)):
                rows[int(y)][int(x) + n] = True
        assert read(drawn(rows)) == [("QRCode", text.encode())]


class TestZpl:
    @settings(max_examples=60)
    @given(st.integers(1, 70), st.integers(1, 12), st.data())
    def test_every_dot_arrives(self, width: int, height: int, data: st.DataObject) -> None:
        rows = [data.draw(st.sampled_from([[0] * width, [255] * width]) | _dots(width)) for _ in range(height)]
        image = Image.new("L", (width, height))
        image.putdata([dot for row in rows for dot in row])
        sent = zpl.label(_png(image), copies=2)
        assert sent.startswith(f"^XA^PW{width}^LL{height}^")
        assert sent.endswith("^PQ2^XZ\n")
        assert list(printed(sent).convert("L").getdata()) == list(image.getdata())

    def test_long_runs_are_short(self) -> None:
        sent = zpl.label(_png(Image.new("L", (4_000, 1_000), 255)))
        assert len(sent) < 1_100
        assert printed(sent).size == (4_000, 1_000)

    def test_what_is_transparent_is_not_printed(self) -> None:
        sent = zpl.label(_png(Image.new("RGBA", (8, 1), (0, 0, 0, 0))))
        assert list(printed(sent).convert("L").getdata()) == [255] * 8


def _dots(width: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from([0, 255]), min_size=width, max_size=width)


def _png(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def printed(sent: str) -> Image.Image:
    """What a printer makes of a label: the graphic, decompressed by the guide's rules."""
    found = re.search(r"\^PW(\d+)\^LL(\d+).*\^GFA,(\d+),(\d+),(\d+),(.*)\^FS", sent)
    assert found
    width, height, size, again, row_bytes = (int(found[n]) for n in range(1, 6))
    assert size == again == row_bytes * height
    rows: list[str] = []
    line, times = "", 0
    for char in found[6]:
        if char == ":":
            rows.append(rows[-1])
        elif char in ",!":
            line = line.ljust(row_bytes * 2, "0" if char == "," else "F")
        elif "G" <= char <= "Y":
            times += ord(char) - ord("G") + 1
        elif "g" <= char <= "z":
            times += (ord(char) - ord("g") + 1) * 20
        else:
            line, times = line + char * max(times, 1), 0
        if len(line) == row_bytes * 2:
            rows.append(line)
            line = ""
    assert (line, len(rows)) == ("", height)
    bits = bytes.fromhex("".join(rows))
    return Image.frombytes("1", (width, height), bytes(255 - byte for byte in bits))


def test_runs_are_counted_as_the_guide_counts() -> None:
    for times in (1, 2, 19, 20, 21, 400, 419, 420, 421, 839, 1_000):
        told = zpl._run(times, "A")
        assert len(list(groupby(told))) <= 2 * (times // 400 + 1) + 1
        assert sum(_counted(told)) == times


def _counted(told: str) -> list[int]:
    counts, times = [], 0
    for char in told:
        if char == "A":
            counts.append(max(times, 1))
            times = 0
        else:
            times += (ord(char) - ord("g") + 1) * 20 if char >= "g" else ord(char) - ord("G") + 1
    return counts
