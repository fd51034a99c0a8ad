"""What the goods of baskets cost, where a company lets nothing be sold below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization import service as organization
from shangmai.modules.pricing.contract.asking import QuoteAsk
from shangmai.modules.pricing.contract.basket import Basket
from shangmai.modules.pricing.service.indexing import InForce

Costs = Mapping[tuple[SkuId, WarehouseId], int]


async def with_costs(
    tx: Tx, now: InForce, asks: Sequence[QuoteAsk], baskets: Sequence[Basket | AppError]
) -> list[Basket | AppError]:
    """The baskets with what a piece of each line costs in the warehouse that it leaves from, where the policy asks it.

    Two statements for all of them, none where no policy asks. A line whose cost is not known has none: a shop may sell
    what is yet to come in. Costs count in the currency of the company's books, so a basket of another currency, which
    cannot be compared, has none either.
    """
    companies = {ask.shop.company_id for ask in asks if now.policy_of(ask.shop.company_id).never_below_cost}
    if not companies:
        return list(baskets)
    books = await organization.get_companies(tx, companies)
    currencies = {company.id: company.currency for company in books.values()}
    guarded = [currencies.get(ask.shop.company_id) == ask.shop.currency for ask in asks]
    places = {
        (sku_id, ask.warehouse_id)
        for ask, is_guarded in zip(asks, guarded, strict=True)
        if is_guarded
        for line in ask.lines
        for sku_id, _ in _pieces(line.sku)
    }
    costs = await inventory.unit_costs(tx, places)
    return [
        _filled(basket, ask, costs) if is_guarded and isinstance(basket, Basket) else basket
        for ask, basket, is_guarded in zip(asks, baskets, guarded, strict=True)
    ]


def _filled(basket: Basket, ask: QuoteAsk, costs: Costs) -> Basket:
    lines = tuple(
        replace(line, cost_minor=_cost(of.sku, ask.warehouse_id, costs))
        for line, of in zip(basket.lines, ask.lines, strict=True)
    )
    return replace(basket, lines=lines)


def _cost(sku: Sku, warehouse_id: WarehouseId, costs: Costs) -> int | None:
    """What a piece costs, a kit all that is in it; None where that is not known of something in it."""
    parts = [(costs.get((sku_id, warehouse_id)), qty) for sku_id, qty in _pieces(sku)]
    known = [cost * qty for cost, qty in parts if cost is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _pieces(sku: Sku) -> list[tuple[SkuId, int]]:
    return [(one.sku_id, one.qty) for one in sku.components] or [(sku.id, 1)]
