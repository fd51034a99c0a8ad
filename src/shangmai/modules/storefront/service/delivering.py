"""On which day a SKU would be with a shopper."""

from __future__ import annotations

from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId, SkuKind
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import AskPromise
from shangmai.modules.organization.contract import ShopFacts
from shangmai.modules.storefront.contract.shown import ShownDelivery


async def delivery_of(tx: Tx, mall: ShopFacts, sku_id: SkuId, region: str, lang: Lang) -> ShownDelivery:
    """When a piece would be there that is paid for now; nothing where it is not in stock, or no promise is made.

    Raises: RegionUnknown.
    """
    logistics.region_of(region)
    warehouse_id = (await inventory.warehouses_of_shops(tx, [mall.id])).get(mall.id)
    sku = (await catalog.get_skus(tx, [sku_id])).get(sku_id)
    if warehouse_id is None or sku is None:
        return ShownDelivery(promise=None, text="")
    ask = AskPromise(company_id=mall.company_id, warehouse_id=warehouse_id, to_region=region, at=tx.now)
    (promise,) = await logistics.promises(tx, [ask])
    if promise is None or not await _is_there(tx, sku, warehouse_id):
        return ShownDelivery(promise=None, text="")
    return ShownDelivery(promise=promise, text=logistics.promise_text(promise, lang))


async def _is_there(tx: Tx, sku: Sku, warehouse_id: WarehouseId) -> bool:
    """Whether a piece can be held now, or one of each component; a service is not sent at all."""
    if sku.kind is SkuKind.SERVICE:
        return False
    parts = {part.sku_id: part.qty for part in sku.components} or {sku.id: 1}
    there = await inventory.available(tx, {(part, warehouse_id) for part in parts})
    return all(there[part, warehouse_id] >= qty for part, qty in parts.items())
