"""The book of points 积分: each member's, in lots by the last day on which they can be spent.

A member's accounts hold what they have, never below zero. The others say what became of points, one for each shop:
earned, adjusted, spent, expired. What comes from one of them or goes to it is that, or is taken back.
"""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Key
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.members.contract.points import NEVER, PointsKind
from shangmai.modules.organization.contract import ShopId

MEMBER: Final = "member"
NOBODY: Final = UUID(int=0)

points = Book(
    "points",
    {"kind": "text", "shop_id": "uuid", "customer_id": "uuid", "lot": "date"},
    bounded=lambda key: key[0] == MEMBER,
)


def lot_key(shop_id: ShopId, customer_id: CustomerId, lot: date) -> Key:
    """A member's account of a lot."""
    return (MEMBER, UUID(int=shop_id.int), UUID(int=customer_id.int), lot)


def side_key(kind: PointsKind, shop_id: ShopId) -> Key:
    """The shop's account of what became of points; it keeps no balance."""
    return (kind.value, UUID(int=shop_id.int), NOBODY, NEVER)
