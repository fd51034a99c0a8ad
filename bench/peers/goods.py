"""What all three sell: a thousand products of one variant each, and one that there are only so many of."""

from __future__ import annotations

from typing import Final

import msgspec

PRODUCTS: Final = 1_000
PLENTY: Final = 1_000_000
HOT_UNITS: Final = 500
HOT_CODE: Final = "HOT"

# Words with spaces between them, so that no system's search is asked to cut Chinese.
COLORS: Final = ("blue", "red", "green", "white", "black", "amber", "violet", "ivory")
MATERIALS: Final = ("cotton", "linen", "wool", "silk", "canvas", "leather", "bamboo", "ceramic", "steel", "walnut")
NOUNS: Final = (
    "shirt", "towel", "blanket", "apron", "lamp", "bowl", "kettle", "basket", "pillow", "jacket",
    "stool", "vase", "scarf", "bag", "tray", "clock", "curtain", "rug", "bottle", "notebook",
)  # fmt: skip
SEARCHES: Final = [f"{material} {noun}" for material in MATERIALS for noun in NOUNS]
"""Each is in the names of five products, its words side by side."""


class Good(msgspec.Struct, frozen=True, rename="camel"):
    code: str
    name: str
    description: str
    price_minor: int
    stock: int


def goods() -> list[Good]:
    """The same in every run."""
    return [*(_good(number) for number in range(PRODUCTS)), _hot()]


def _good(number: int) -> Good:
    color = COLORS[number % len(COLORS)]
    name = f"{color} {SEARCHES[number % len(SEARCHES)]} {number}"
    return Good(f"P{number:04}", name, f"A {name}, made to last.", 1_000 + number, PLENTY)


def _hot() -> Good:
    return Good(HOT_CODE, "limited print", "A print of five hundred.", 9_900, HOT_UNITS)
