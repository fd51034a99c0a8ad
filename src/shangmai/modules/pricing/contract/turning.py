"""What begins or ends by time alone, for whoever shows prices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from shangmai.modules.pricing.contract.benefits import Selection


class Turned(Struct, frozen=True, kw_only=True):
    """What began or ended in a stretch of time: goods of promotions, and targets of prices by their kind.

    `next`: when something begins or ends again, as things stand.
    """

    goods: tuple[Selection, ...]
    skus: tuple[UUID, ...]
    products: tuple[UUID, ...]
    categories: tuple[UUID, ...]
    next: datetime | None
