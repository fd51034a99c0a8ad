"""Reads of regions and addresses, for anyone (pickers of a mall are used before anybody signs in), and of freight."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import ProductId, SkuNotFound
from shangmai.modules.logistics.contract import (
    AddressText,
    AskFreight,
    CarrierCard,
    FreightAnswer,
    FreightItem,
    FreightTemplate,
    Load,
    ParsedAddress,
    Region,
    RegionPath,
)
from shangmai.modules.logistics.queries import freight as queries
from shangmai.modules.logistics.queries import price_cards
from shangmai.modules.logistics.rules import parsing, regions
from shangmai.modules.logistics.service.freight import current_tariffs, freight
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, ShopId, ShopNotFound

PUBLIC: Final = {"public": True}
READ: Final = {"grant": "logistics.read"}
CACHED: Final = {"cache-control": "public, max-age=86400"}
"""Regions change with a release, so a browser may keep them for a day."""

Parent = Annotated[
    str | None,
    Parameter(pattern="^[1-9][0-9]{5}$", description="Code of the one above. 上级代码。"),
]
Name = Annotated[str, Parameter(max_length=50, description="Full or short. 全称或简称。")]


@get("/api/v1/regions", opt=PUBLIC)
async def list_regions(
    request: Request[Any, Any, Any], parent: Parent = None, limit: Limit = 200, cursor: Cursor = None
) -> Response[Page[Region]]:
    """List the provinces, or the regions right below one, by code; with an entity tag that holds for this release."""
    (after,) = decode_cursor(cursor, str) or ("",)
    tag = f'"{_edition()}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers=CACHED | {"etag": tag})  # type: ignore[arg-type]
    found = [region for region in regions.directory().children(parent) if region.code > after]
    rows = page(found[: limit + 1], limit, lambda region: (region.code,))
    return Response(rows, headers=CACHED | {"etag": tag})


@get("/api/v1/regions/resolve", opt=PUBLIC)
async def resolve_region(province: Name, city: Name = "", district: Name = "") -> RegionPath:
    """Find the code and the full names of a place by what it is called. Raises: RegionUnknown."""
    return regions.resolve(province, city, district)


@post("/api/v1/addresses/parse", opt=PUBLIC, status_code=200)
async def parse_address(data: AddressText) -> ParsedAddress:
    """Read name, phone and place out of a pasted address, each with how sure it is. Nothing of it is kept.

    A question with a body, so it is a POST: an address must not stand in logs of URLs.
    """
    return parsing.parse(data.text)


@get("/api/v1/freight/templates", opt=READ)
async def list_freight_templates(tx: Tx, shop_id: ShopId | None = None) -> list[FreightTemplate]:
    """List the freight templates of a shop, or of all your shops, by code."""
    return await queries.templates_of(tx, shop_id)


@get("/api/v1/carrier-cards", opt=READ)
async def list_carrier_cards(tx: Tx, company_id: CompanyId | None = None) -> list[CarrierCard]:
    """List the price cards that a company, or each of your companies, has with carriers, by code."""
    return await price_cards.cards_of(tx, None if company_id is None else [company_id])


@get("/api/v1/freight/items", opt=READ)
async def list_freight_items(tx: Tx, shop_id: ShopId, limit: Limit = 50, cursor: Cursor = None) -> Page[FreightItem]:
    """List the products of a shop that say how they are sent, by id."""
    (after,) = decode_cursor(cursor, ProductId) or (None,)
    rows = await queries.items_of(tx, shop_id, after, limit + 1)
    return page(rows, limit, lambda item: (item.product_id,))


@post("/api/v1/freight/quote", opt=READ, status_code=200)
async def quote_freight(tx: Tx, actor: Actor, lang: Lang, data: AskFreight) -> FreightAnswer:
    """Tell what sending goods to a region would cost, and why, at their own list prices.

    A question with a body, so it is a POST. Raises: ShopNotFound, RegionUnknown, SkuNotFound, NotDelivered.
    """
    if not actor.sees("shop", data.shop_id):
        raise OutOfScope(dimension="shop")
    regions.directory().check([data.region])
    shop = (await organization.get_shops(tx, [data.shop_id])).get(data.shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=data.shop_id)
    skus = await catalog.get_skus(tx, data.lines.keys())
    for sku_id in data.lines:
        if sku_id not in skus:
            raise SkuNotFound(sku=sku_id)
    loads = [Load(skus[id_], qty, skus[id_].price_minor * qty) for id_, qty in data.lines.items()]
    tariffs = await current_tariffs(tx, [data.shop_id])
    bill = freight(tariffs.get(data.shop_id), data.region, loads)
    return FreightAnswer(bill=bill, text=bill.text(shop.currency, lang))


@cache
def _edition() -> str:
    """A digest of the regions."""
    return hashlib.sha256(msgspec.json.encode(list(regions.directory().by_code.items()))).hexdigest()[:16]


routes: Final = [
    list_regions,
    resolve_region,
    parse_address,
    list_freight_templates,
    list_carrier_cards,
    list_freight_items,
    quote_freight,
]
