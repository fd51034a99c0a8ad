"""What must hold of the book of pieces in bins."""

from __future__ import annotations

from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.tx import Tx
from shangmai.modules.warehouse.books import bins


async def prove(tx: Tx) -> list[Divergence]:
    """The book re-added. That bins hold no more than the stock book is proven between modules, once no event waits."""
    return await bins.prove(tx)
