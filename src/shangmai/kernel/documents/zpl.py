"""Pages as graphics in ZPL II, the language of most label printers: what they show needs no font in the printer.

Source: Zebra, Programming Guide for ZPL II, ^GF and its alternative data compression scheme.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import groupby
from typing import Final

DARK_BELOW: Final = 128
"""Of 255: what is darker is printed."""
HEX_WHITE: Final = "0"


class Dpi(IntEnum):
    """How many dots a printer has per inch."""

    D203 = 203
    D300 = 300


def labels(pictures: Iterable[bytes], copies: int = 1) -> str:
    """Pages, as PNG at the printer's dots per inch, one label each."""
    return "".join(label(picture, copies) for picture in pictures)


def label(picture: bytes, copies: int = 1) -> str:
    """One label: its size, its graphic, how often it is printed."""
    width, rows = _rows(picture)
    row_bytes = len(rows[0])
    data = "".join(_compressed(rows))
    size = row_bytes * len(rows)
    graphic = f"^GFA,{size},{size},{row_bytes},{data}"
    return f"^XA^PW{width}^LL{len(rows)}^LH0,0^FO0,0{graphic}^FS^PQ{copies}^XZ\n"


def _rows(picture: bytes) -> tuple[int, list[bytes]]:
    """A picture as rows of bits, dark ones set, and its width in dots."""
    from PIL import Image  # not before something is printed for a label printer

    with Image.open(io.BytesIO(picture)) as image:
        plain = Image.new("RGB", image.size, "white")
        plain.paste(image, mask=image.getchannel("A") if "A" in image.getbands() else None)
    bits = plain.convert("L").point(lambda value: 255 if value < DARK_BELOW else 0, mode="1")
    packed, width = bits.tobytes(), bits.width
    row_bytes = -(-width // 8)
    return width, [packed[n : n + row_bytes] for n in range(0, len(packed), row_bytes)]


def _compressed(rows: Iterable[bytes]) -> Iterator[str]:
    """Rows in hexadecimal; `:` repeats the row above, `,` and `!` fill one with white and black."""
    above = None
    for row in rows:
        if row == above:
            yield ":"
            continue
        above = row
        digits = row.hex().upper()
        body = digits.rstrip(digits[-1]) if digits[-1] in "0F" else digits
        runs = (_run(len(list(run)), digit) for digit, run in groupby(body))
        yield "".join(runs) + ("" if body == digits else "," if digits[-1] == HEX_WHITE else "!")


def _run(times: int, digit: str) -> str:
    """A digit so many times: g to z are 20 to 400 in twenties, G to Y 1 to 19."""
    parts = []
    while times > 1:
        tens = min(times // 20, 20)
        if tens:
            parts.append(chr(ord("g") + tens - 1))
        ones = times % 20 if times < 420 else 0
        if ones:
            parts.append(chr(ord("G") + ones - 1))
        parts.append(digit)
        times -= tens * 20 + ones
    return "".join(parts) + (digit if times else "")
