"""The book of what was received for each order and not given back."""

from uuid import UUID

from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Key

receipts = Book("receipts", {"order_id": "uuid", "side": "text"}, bounded=lambda key: key[1] == "kept")

PAYER: Key = (UUID(int=0), "payer")


def kept(order_id: UUID) -> Key:
    return (order_id, "kept")
