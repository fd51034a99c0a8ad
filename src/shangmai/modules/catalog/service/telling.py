"""Telling those who show products that some have changed."""

from __future__ import annotations

from collections.abc import Iterable

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog.contract import ProductChanged, ProductId


def tell_changed(tx: Tx, changes: Iterable[tuple[ProductId, Item]]) -> None:
    """Emit `ProductChanged` once for each product, however many of its SKUs have changed in this transaction."""
    first: dict[ProductId, Item] = {}
    for id_, item in changes:
        first.setdefault(id_, item)
    for id_, item in first.items():
        tx.emit(ProductChanged(product_id=id_), item)
