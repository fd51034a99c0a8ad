"""The book of what may be used: promotions so often, by each buyer so often, for so much money; a coupon once.

An account's floor is minus its limit: what is used is posted away from zero, what orders that are not paid yet keep is
held. So a limit can be raised and lowered at any time, and what is left is posted − held − floor.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Key

NOBODY: Final = UUID(int=0)
SPENT: Final = "spent"
"""The side that what is used goes to, and comes back from; it keeps no balance."""

quota = Book("quota", {"kind": "text", "of_id": "uuid", "buyer_id": "uuid"}, bounded=lambda key: key[0] != SPENT)


def spent(key: Key) -> Key:
    """The other side of an account: one for each promotion, coupon or batch."""
    return (SPENT, key[1], NOBODY)
