"""The books of what was received for each order and not given back, and of what customers owe on account."""

from uuid import UUID

from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Key

receipts = Book("receipts", {"order_id": "uuid", "side": "text"}, bounded=lambda key: key[1] == "kept")

PAYER: Key = (UUID(int=0), "payer")


def kept(order_id: UUID) -> Key:
    return (order_id, "kept")


NOBODY = UUID(int=0)
credit = Book("credit", {"company_id": "uuid", "customer_id": "uuid"}, bounded=lambda key: key[1] != NOBODY)

LENDER: Key = (NOBODY, NOBODY)


def drawn(company_id: UUID, customer_id: UUID) -> Key:
    """What the customer owes the company on account, below zero; the floor is minus their limit."""
    return (company_id, customer_id)
