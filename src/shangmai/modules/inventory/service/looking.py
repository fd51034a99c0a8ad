"""What other modules ask of stock, without moving any."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory import queries


async def skus_of_documents(tx: Tx, documents: Collection[UUID]) -> set[SkuId]:
    """The SKUs on the lines of these stock documents."""
    return await queries.skus_of_documents(tx, documents)
