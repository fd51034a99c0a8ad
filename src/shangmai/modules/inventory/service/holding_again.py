"""Holding again what a document had held, where it had held it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from shangmai.kernel.books.contract import Hold, Short
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory import queries, rules
from shangmai.modules.inventory.books import stock
from shangmai.modules.inventory.contract import Bucket, OutOfStock
from shangmai.modules.inventory.service.allotting import allotments
from shangmai.modules.organization.contract import ShopId


async def hold_again(tx: Tx, docs: Mapping[UUID, tuple[ShopId, datetime, Item]]) -> dict[UUID, OutOfStock]:
    """Hold what these documents of shops let go of at a moment, all of each or none; the documents refused, with why.

    For good, from the same places, piece by piece: also the components of kits as they were then. First come, first
    served. One that held nothing has nothing to hold.
    """
    rows = await queries.released_at(tx, {doc: at for doc, (_, at, _) in docs.items()})
    places = [(docs[row["doc"]][0], row["sku_id"], row["warehouse_id"]) for row in rows]
    allotted = await allotments(tx, places)
    holds = [
        Hold(
            id=new_id(),
            debit=(account := (row["sku_id"], row["warehouse_id"], row["bucket"], row["lot"], row["owner_id"])),
            credit=rules.elsewhere(account, Bucket.CUSTOMER),
            amount=row["amount"],
            doc=row["doc"],
            line=row["line"],
            item=docs[row["doc"]][2],
            group=row["doc"],
            allotment=allotted.get(place),
        )
        for row, place in zip(rows, places, strict=True)
    ]
    refused: dict[UUID, OutOfStock] = {}
    for hold, outcome in zip(holds, await stock.hold(tx, holds) if holds else (), strict=True):
        if isinstance(outcome, Short):
            told = outcome.data
            refused[hold.doc] = OutOfStock(sku_id=hold.debit[0], wanted=told["wanted"], available=told["available"])
    return refused
