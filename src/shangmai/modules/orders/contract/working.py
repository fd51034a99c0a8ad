"""What is to be done, section by section."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shangmai.modules.orders.contract.holding_back import HoldBack
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import ShopId


class Work(Struct, frozen=True, kw_only=True):
    """An order to be worked on; `cause`: the exception that makes it so, if one does."""

    order_id: OrderId
    number: str
    shop_id: ShopId
    total_minor: int
    currency: str
    placed_at: datetime
    cause: HoldBack | None = None


class Section(Struct, frozen=True, kw_only=True):
    """A part of the work: `code` names it; how many there are, how many of them overdue, and the first to be done.

    What is to pick and to pack is counted in units, the others in orders. `more`: where to read the rest.
    """

    code: str
    zh: str
    en: str
    orders: int
    overdue: int
    items: tuple[Work, ...]
    more: str


class WorkList(Struct, frozen=True, kw_only=True):
    """The sections that the reader's grants have, in the order in which orders go through them."""

    sections: tuple[Section, ...]
