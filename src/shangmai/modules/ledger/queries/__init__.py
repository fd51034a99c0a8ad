"""The SQL of the ledger."""

from shangmai.kernel.books.book import Book

MONEY_KEY = {"company_id": "uuid", "account": "text", "party_id": "uuid"}
money = Book("money", MONEY_KEY, bounded=lambda key: False)
"""One account for each company, ledger account and party; none keeps a balance, so none is ever a hot row."""
