"""Code 128 (ISO/IEC 15417): a text of ASCII as bars, in as few symbols as there can be."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from shangmai.kernel.errors import Invalid

_SYMBOLS: Final = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
114311 411113 411311 113141 114131 311141 411131 211412 211214 211232
"""
WIDTHS: Final = (*re.findall("[1-4]{6}", _SYMBOLS), "2331112")
"""How wide the bars and spaces of each symbol are, in modules, a bar first."""

SHIFT, STOP = 98, 106
TO: Final = {"C": 99, "B": 100, "A": 101}
START: Final = {"A": 103, "B": 104, "C": 105}
LENGTH_MAX: Final = 80


class NotInCode128(Invalid):
    """'{text}' cannot be printed as a barcode: take 1 to 80 letters, digits and signs of ASCII."""

    zh = "“{text}”不能打印成条码：请用 1 至 80 个 ASCII 字母、数字或符号。"


class Way(NamedTuple):
    """The symbols so far, the code set they end in being known."""

    symbols: tuple[int, ...]

    def then(self, *more: int) -> Way:
        return Way((*self.symbols, *more))


def symbols(text: str) -> tuple[int, ...]:
    """The symbols of a text with start, check symbol and stop; no other way has fewer. Raises: NotInCode128."""
    if not 0 < len(text) <= LENGTH_MAX or not text.isascii():
        raise NotInCode128(text=text)
    ends: list[dict[str, Way]] = [{code: Way((start,)) for code, start in START.items()}]
    ends += [{} for _ in range(len(text) + 1)]
    for n in range(len(text)):
        if n:
            _switched(ends[n])
        for code, way in ends[n].items():
            _forward(ends, n, code, way, text)
    body = min(ends[len(text)].values(), key=lambda way: len(way.symbols)).symbols
    check = (body[0] + sum(place * symbol for place, symbol in enumerate(body))) % 103
    return (*body, check, STOP)


@lru_cache(4096)
def bars(text: str) -> tuple[int, ...]:
    """The widths of bars and spaces in modules, in turn, from a bar to a bar; without the 10 modules of quiet zone."""
    return tuple(int(width) for symbol in symbols(text) for width in WIDTHS[symbol])


def svg(text: str) -> str:
    """The bars as an SVG, one unit a module and 1 high, to be stretched; without a quiet zone."""
    widths, at, path = bars(text), 0, []
    for n, width in enumerate(widths):
        if n % 2 == 0:
            path.append(f"M{at} 0h{width}v1h-{width}z")
        at += width
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {at} 1" preserveAspectRatio="none">'
        f'<path d="{"".join(path)}"/></svg>'
    )


def _switched(here: dict[str, Way]) -> None:
    """Reach each code set from the others where that is shorter."""
    for code, way in list(here.items()):
        for other, symbol in TO.items():
            if other != code:
                _keep(here, other, way.then(symbol))


def _forward(ends: list[dict[str, Way]], n: int, code: str, way: Way, text: str) -> None:
    """Encode the next character, or the next two digits, and note where that ends."""
    if code == "C":
        if text[n : n + 2].isdigit() and len(text) > n + 1:
            _keep(ends[n + 2], "C", way.then(int(text[n : n + 2])))
        return
    value = _value(text[n], code)
    if value is not None:
        _keep(ends[n + 1], code, way.then(value))
    other = _value(text[n], "A" if code == "B" else "B")
    if other is not None:
        _keep(ends[n + 1], code, way.then(SHIFT, other))


def _keep(there: dict[str, Way], code: str, way: Way) -> None:
    if code not in there or len(way.symbols) < len(there[code].symbols):
        there[code] = way


def _value(char: str, code: str) -> int | None:
    """The symbol of a character in code set A (no small letters) or B (no control characters)."""
    at = ord(char)
    if 32 <= at < 96:
        return at - 32
    if code == "A":
        return at + 64 if at < 32 else None
    return at - 32 if at >= 96 else None
