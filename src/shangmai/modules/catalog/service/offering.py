"""Putting products on offer and taking them off."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    DelistProduct,
    Listing,
    ListProduct,
    NeverListed,
    NothingToSell,
    ProductDelisted,
    ProductId,
    ProductListed,
    ProductNotFound,
)
from shangmai.modules.catalog.queries import writing
from shangmai.modules.catalog.rules import Offer


@action(
    "catalog.list_product",
    grant="catalog.list_product",
    many=True,
    scope=lambda do: {},
    inverse="catalog.delist_product",
    errors=[ProductNotFound, NothingToSell],
)
async def list_product(tx: Tx, do: Sequence[ListProduct]) -> list[Listing | AppError]:
    """Put a product on offer. Listing a listed product changes nothing.

    Raises: ProductNotFound, NothingToSell (it has no active SKU).
    """
    return await _offer(tx, [each.product_id for each in do], rules.listed, ProductListed)


@action(
    "catalog.delist_product",
    grant="catalog.delist_product",
    many=True,
    scope=lambda do: {},
    inverse="catalog.list_product",
    errors=[ProductNotFound, NeverListed],
)
async def delist_product(tx: Tx, do: Sequence[DelistProduct]) -> list[Listing | AppError]:
    """Take a product off offer; its SKUs, stock and open orders stay. Delisting a delisted product changes nothing.

    Raises: ProductNotFound, NeverListed.
    """
    return await _offer(tx, [each.product_id for each in do], rules.delisted, ProductDelisted)


async def _offer(
    tx: Tx,
    ids: Sequence[ProductId],
    become: Callable[[Offer], Offer],
    event: type[ProductListed] | type[ProductDelisted],
) -> list[Listing | AppError]:
    """Move each product to its new status, in order; an event for each that moved. Locks them in order of id."""
    offers = await writing.lock_offers(tx, set(ids))
    moved: dict[ProductId, Offer] = {}
    outcomes: list[Listing | AppError] = []
    for id_, item in zip(ids, tx.items, strict=True):
        outcome = _become(offers.get(id_), id_, become)
        if isinstance(outcome, Offer):
            if outcome is not offers[id_]:
                offers[id_] = moved[id_] = outcome
                tx.emit(event(product_id=id_, code=outcome.code), item)
            outcomes.append(Listing(product_id=id_, code=outcome.code, status=outcome.status))
        else:
            outcomes.append(outcome)
    if moved:
        await writing.write_statuses(tx, moved.values())
    return outcomes


def _become(offer: Offer | None, id: ProductId, become: Callable[[Offer], Offer]) -> Offer | AppError:
    if offer is None:
        return ProductNotFound(product_id=id)
    try:
        return become(offer)
    except AppError as refusal:
        return refusal
