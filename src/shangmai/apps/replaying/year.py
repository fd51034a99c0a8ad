"""The orders of a file, as they are placed again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from shangmai.modules.migration.contract import LineClass, OrderMapping
from shangmai.modules.migration.service import read_orders

LINES_MAX: Final = 200
"""More lines than an order takes; what a file has more of is left out."""
PLACES: Final = (
    ("浙江省", "杭州市", "西湖区"),
    ("上海市", "上海市", "浦东新区"),
    ("江苏省", "南京市", "玄武区"),
    ("福建省", "厦门市", "思明区"),
    ("四川省", "成都市", "锦江区"),
    ("重庆市", "重庆市", "渝中区"),
    ("陕西省", "西安市", "雁塔区"),
    ("云南省", "昆明市", "五华区"),
    ("天津市", "天津市", "和平区"),
    ("北京市", "北京市", "朝阳区"),
    ("山东省", "青岛市", "市南区"),
    ("辽宁省", "沈阳市", "和平区"),
)
"""Where receivers live: the file's customers, who are elsewhere, are spread over these by their number."""


class PastLine(Struct, frozen=True):
    """Pieces of a SKU, and the price of one as the file writes it."""

    code: str
    qty: int
    price: str


class PastOrder(Struct, frozen=True):
    """An order of the file: its goods, a line a SKU."""

    number: str
    at: datetime
    customer: str
    lines: tuple[PastLine, ...]

    @property
    def receiver(self) -> dict[str, str]:
        """Whom it goes to: somebody made up, always the same for a customer."""
        n = draw(self.customer)
        province, city, district = PLACES[n % len(PLACES)]
        return {
            "name": f"客户{self.customer}",
            "phone": f"139{n % 10**8:08}",
            "province": province,
            "city": city,
            "district": district,
            "street": f"人民路 {n % 999 + 1} 号",
        }


def draw(text: str) -> int:
    """A number that a text stands for, the same on every run."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


def past_orders(path: Path, mapping: OrderMapping, count: int, since: date | None = None) -> list[PastOrder]:
    """The first orders of a file, or of those from a day on, in time; those without goods are left out.

    A SKU that stands on several lines is one line, at the price of the first. Raises: ColumnsMissing, and what
    `open_sheet` raises.
    """
    found: list[PastOrder] = []
    for order in _orders(path, mapping):
        if len(found) == count:
            break
        if since is None or order.at.date() >= since:
            found.append(order)
    return sorted(found, key=lambda order: (order.at, order.number))


def _orders(path: Path, mapping: OrderMapping) -> Iterator[PastOrder]:
    for document in read_orders(path, mapping):
        goods = [line for line in document.lines if line.klass is LineClass.SALE_GOODS and line.quantity > 0]
        pieces = Counter[str]()
        prices: dict[str, str] = {}
        for line in goods:
            pieces[line.sku] += line.quantity
            prices.setdefault(line.sku, str(line.unit_price))
        lines = tuple(PastLine(sku, qty, prices[sku]) for sku, qty in pieces.items())[:LINES_MAX]
        if lines and not document.canceled:
            yield PastOrder(document.number, document.at, document.customer_ref or document.number, lines)
