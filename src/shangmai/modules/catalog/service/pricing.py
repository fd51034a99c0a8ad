"""Setting prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    LaterPriceSet,
    PriceChanged,
    PriceSet,
    ProductId,
    SetPrice,
    SkuId,
    SkuNotFound,
)
from shangmai.modules.catalog.queries import writing
from shangmai.modules.catalog.rules import NewPrice, Priced
from shangmai.modules.catalog.service.telling import tell_changed


@action(
    "catalog.set_prices",
    grant="catalog.set_prices",
    many=True,
    scope=lambda do: {},
    errors=[SkuNotFound, LaterPriceSet],
)
async def set_prices(tx: Tx, do: Sequence[SetPrice]) -> list[PriceSet | AppError]:
    """Set the price of a SKU from the action's business time on, and keep it in the SKU's price history.

    A price in another currency than the SKU's own stands beside its list price. Setting the price that a SKU has
    already changes nothing. A SKU named twice gets both prices, one after the other. Locks the SKUs in order of id.
    """
    skus = await writing.lock_prices(tx, {each.sku_id for each in do})
    outcomes: list[PriceSet | AppError] = []
    history: list[NewPrice] = []
    changes: list[tuple[ProductId, Item]] = []
    for each, item in zip(do, tx.items, strict=True):
        outcome = _reprice(skus, each, item.now)
        outcomes.append(outcome)
        if isinstance(outcome, PriceSet) and outcome.changed:
            sku = skus[each.sku_id]
            history.append(NewPrice(sku, each.currency, sku.prices[each.currency], item.cause))
            tx.emit(_price_changed(sku, outcome), item)
            changes.append((sku.product_id, item))
    tell_changed(tx, changes)
    if history:
        await writing.write_prices(tx, history)
    return outcomes


def _reprice(skus: dict[SkuId, Priced], do: SetPrice, at: datetime) -> PriceSet | AppError:
    sku = skus.get(do.sku_id)
    if sku is None:
        return SkuNotFound(sku=do.sku_id)
    try:
        skus[do.sku_id], outcome = rules.reprice(sku, do, at)
    except AppError as refusal:
        return refusal
    return outcome


def _price_changed(sku: Priced, outcome: PriceSet) -> PriceChanged:
    return PriceChanged(
        sku_id=sku.id,
        code=sku.code,
        old_minor=outcome.old_minor,
        price_minor=outcome.price_minor,
        currency=outcome.currency,
    )
