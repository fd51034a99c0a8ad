"""The book of pieces in bins. Its one account outside of all bins is where they come from and where they go."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Key
from shangmai.modules.inventory.contract import NOBODY, Bucket

OUTSIDE: Final = UUID(int=0)
"""No bin: unplaced pieces, and those that have left the warehouse."""

bins = Book(
    "bin",
    {
        "warehouse_id": "uuid",
        "bin_id": "uuid",
        "sku_id": "uuid",
        "bucket": "text",
        "lot": "text",
        "owner_id": "uuid",
    },
    bounded=lambda key: key[1] != OUTSIDE,
    physical=True,
)


def bin_key(
    warehouse_id: UUID,
    bin_id: UUID | None,
    sku_id: UUID,
    bucket: Bucket = Bucket.SELLABLE,
    lot: str = "",
    owner_id: UUID = NOBODY,
) -> Key:
    """The account of pieces in a bin; without a bin, the one outside of all bins."""
    return (warehouse_id, OUTSIDE if bin_id is None else bin_id, sku_id, bucket.value, lot, owner_id)
