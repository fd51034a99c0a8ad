"""The two books: pieces and their value, account for account."""

from shangmai.kernel.books.book import Book
from shangmai.modules.inventory.rules import is_counted

ACCOUNT = {"sku_id": "uuid", "warehouse_id": "uuid", "bucket": "text", "lot": "text", "owner_id": "uuid"}

stock = Book("stock", ACCOUNT, bounded=is_counted, physical=True)
value = Book("value", ACCOUNT, bounded=is_counted)
