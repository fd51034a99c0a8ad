"""Drawings of goods that have no picture: the ones that the mall's pages draw, for what is read before any script runs.

What they are made of comes out of the build of web/mall (`dist/art.json`), so there is one source for both.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

PARTS: Final = "art.json"
LETTERS: Final = "\ue000\ue001"
"""Where a label's characters stand in a drawing."""


class Parts(msgspec.Struct, frozen=True):
    """By palette: wall, three backdrops, floor, and each thing with a label of no, one and two characters."""

    kinds: list[tuple[str, str, int]]
    known: str
    from_: str = msgspec.field(name="from")
    walls: list[str] = []
    backdrops: list[list[str]] = []
    floors: list[str] = []
    things: dict[str, list[list[str]]] = {}
    landscape: str = ""


@cache
def parts(folder: Path) -> Parts | None:
    """None where the mall was not built."""
    path = folder / PARTS
    return msgspec.json.decode(path.read_bytes(), type=Parts) if path.is_file() else None


@lru_cache(maxsize=2_000)
def drawing(folder: Path, name: str) -> str:
    """A still life of what the name says, as an address; empty where the mall was not built."""
    made = parts(folder)
    if made is None:
        return ""
    found = next((each for each in made.kinds if re.search(each[0], name, re.IGNORECASE)), None)
    kind, first = ("parcel", 0) if found is None else found[1:]
    number = _number(name)
    n = (first + (0 if re.search(made.known, name) else number)) % len(made.walls)
    text = _characters(made, name)
    thing = made.things[kind][n][len(text)]
    for place, letter in zip(LETTERS, text, strict=False):
        thing = thing.replace(place, letter)
    backdrops = made.backdrops[n]
    return address(f"{made.walls[n]}{backdrops[number % len(backdrops)]}{made.floors[n]}{thing}</svg>")


def landscape(folder: Path) -> str:
    """Hills in the mist, for the head of the first page, as an address."""
    made = parts(folder)
    return "" if made is None else address(made.landscape)


def address(svg: str) -> str:
    return "data:image/svg+xml," + quote(svg, safe="~()*!.'-_")


def _number(text: str) -> int:
    number = 7
    for letter in text:
        number = (number * 31 + ord(letter)) & 0xFFFFFFFF
    return number


def _characters(made: Parts, name: str) -> str:
    """The first characters of a Chinese name, for a label; nothing of other names."""
    found = re.match("[\u4e00-\u9fff]{2,}", re.sub(made.from_, "", name))
    return "" if found is None else found[0][:2]
