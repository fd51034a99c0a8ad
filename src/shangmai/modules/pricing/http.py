"""Reads of pricing: price lists, the price of a piece with what set it, promotions, coupons."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter
from msgspec import Meta

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import to_utc
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Currency
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId, CustomerNotFound
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound, ShopId, ShopNotFound
from shangmai.modules.pricing import service
from shangmai.modules.pricing.contract.asking import PriceAsk, PriceLine
from shangmai.modules.pricing.contract.coupons import Coupon, CouponBatch, CouponId, OpenCoupon
from shangmai.modules.pricing.contract.floors import Floor
from shangmai.modules.pricing.contract.lifecycle import PromotionDetail, PromotionStatus
from shangmai.modules.pricing.contract.policy import Policy
from shangmai.modules.pricing.contract.price_lists import (
    ListKind,
    PriceEntry,
    PriceEntryId,
    PriceList,
    PriceListNotFound,
    UnitPrice,
)
from shangmai.modules.pricing.contract.promotion import Layer, PromotionId
from shangmai.modules.pricing.contract.telling import TellPromotion, ToldHead, ToldPromotion
from shangmai.modules.pricing.queries import coupons, floors, promotions
from shangmai.modules.pricing.queries import price_lists as queries

READ: Final = {"grant": "pricing.read"}

Code = Annotated[str, Parameter(max_length=80, description="The whole code. 完整编码。")]


@get("/api/v1/price-lists", opt=READ)
async def list_price_lists(
    tx: Tx,
    kind: ListKind | None = None,
    open_only: Annotated[bool, Parameter(description="Leave out closed lists. 不含已关闭的。")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PriceList]:
    """List the price lists, by code."""
    (after,) = decode_cursor(cursor, str) or ("",)
    rows = await queries.page_of_lists(tx, kind=kind, open_only=open_only, after=after, limit=limit + 1)
    return page(rows, limit, lambda each: (each.code,))


@get("/api/v1/price-lists/{code:str}/entries", opt=READ)
async def list_entries(
    tx: Tx,
    code: Code,
    target_id: Annotated[UUID | None, Parameter(description="Of this SKU, product or category. 只看此对象。")] = None,
    history: Annotated[bool, Parameter(description="Those replaced and removed too. 含已替换和移除的。")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PriceEntry]:
    """List what a price list sets, in the order in which it was set. Raises: PriceListNotFound."""
    (after,) = decode_cursor(cursor, PriceEntryId) or (None,)
    of = await queries.find_list(tx, code)
    if of is None:
        raise PriceListNotFound(code=code)
    rows = await queries.page_of_entries(tx, of.id, target_id=target_id, history=history, after=after, limit=limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/pricing/price", opt=READ)
async def read_price(
    tx: Tx,
    sku: Code,
    shop: Code,
    customer_id: CustomerId | None = None,
    qty: Annotated[int, Parameter(ge=1, le=10_000_000, description="Pieces bought. 购买件数。")] = 1,
    at: Annotated[datetime, Meta(tz=True), Parameter(description="Now, unless given. 不填为当前。")] | None = None,
) -> UnitPrice:
    """Tell the price of a piece before promotions, and why: the entry that set it and those that did not.

    Raises: ShopNotFound, SkuNotFound, CustomerNotFound, NoPriceInCurrency.
    """
    shops = await organization.find_shops(tx, [shop])
    if shop not in shops:
        raise ShopNotFound(shop_id=shop)
    skus = await catalog.find_skus(tx, [sku])
    if sku not in skus:
        raise SkuNotFound(sku=sku)
    if customer_id is not None and customer_id not in await members.get_customers(tx, [customer_id]):
        raise CustomerNotFound(customer_id=customer_id)
    ask = PriceAsk(
        shop=shops[shop],
        lines=(PriceLine(skus[sku], qty),),
        customer_id=customer_id,
        at=tx.now if at is None else to_utc(at),
    )
    [[found]] = await service.find_prices(tx, [ask])
    if not isinstance(found, UnitPrice):
        raise found
    return found


@get("/api/v1/price-floors", opt=READ)
async def list_floors(tx: Tx, sku_id: SkuId | None = None, limit: Limit = 100, cursor: Cursor = None) -> Page[Floor]:
    """List the floors of SKUs, below which no promotion takes a piece."""
    after = decode_cursor(cursor, UUID, str)
    place = None if after is None else (after[0], after[1])
    rows = await floors.page(tx, sku_id=sku_id, after=place, limit=limit + 1)
    return page(rows, limit, lambda each: (each.sku_id, each.currency))


@get("/api/v1/companies/{company_id:uuid}/pricing-policy", opt=READ)
async def read_policy(tx: Tx, company_id: CompanyId) -> Policy:
    """Show how a company's prices are rounded and combinations chosen. Raises: CompanyNotFound."""
    if company_id not in await organization.get_companies(tx, [company_id]):
        raise CompanyNotFound(company_id=company_id)
    return await service.policy_of(tx, company_id)


@get("/api/v1/promotions", opt=READ)
async def list_promotions(
    tx: Tx,
    status: PromotionStatus | None = None,
    layer: Layer | None = None,
    active: Annotated[bool, Parameter(description="Only those in force now. 只看当前生效的。")] = False,
    q: Annotated[str, Parameter(max_length=100, description="Part of a code or name. 编码或名称的一部分。")] = "",
    currency: Annotated[Currency, Parameter(description="Of the amounts in words. 文字中金额的币种。")] = "CNY",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ToldHead]:
    """List the promotions, by code, each with what it gives in words. 促销列表，附一句话说明。"""
    (after,) = decode_cursor(cursor, str) or ("",)
    active_at = tx.now if active else None
    rows = await promotions.page(tx, status=status, layer=layer, active_at=active_at, q=q, after=after, limit=limit + 1)
    told = await service.tell_heads(tx, rows, currency)
    return page(told, limit, lambda each: (each.code,))


@get("/api/v1/promotions/{promotion_id:uuid}", opt=READ)
async def read_promotion(tx: Tx, promotion_id: PromotionId) -> PromotionDetail:
    """Show a promotion with all its versions and what is left of its limits. Raises: PromotionNotFound."""
    return await service.get_promotion(tx, promotion_id)


@post("/api/v1/promotions/tell", opt=READ, status_code=200)
async def tell_promotion(tx: Tx, data: TellPromotion) -> ToldPromotion:
    """Say a promotion in words before it is saved, whether it could be, and which in force it may meet.

    A question with a body, so it is a POST; its transaction can only read. 用一句话说清促销，并列出会相遇的促销。
    """
    return await service.tell_promotion(tx, data)


@get("/api/v1/coupon-batches", opt=READ)
async def list_coupon_batches(
    tx: Tx, promotion_id: PromotionId | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[CouponBatch]:
    """List the coupon batches, by code, with how many coupons each has handed out."""
    (after,) = decode_cursor(cursor, str) or ("",)
    rows = await coupons.page_of_batches(tx, promotion_id=promotion_id, after=after, limit=limit + 1)
    return page(rows, limit, lambda each: (each.code,))


@get("/api/v1/customers/{customer_id:uuid}/coupons", opt=READ)
async def list_coupons(tx: Tx, customer_id: CustomerId, limit: Limit = 50, cursor: Cursor = None) -> Page[Coupon]:
    """List a customer's coupons, the newest first, each with what became of it. Raises: CustomerNotFound."""
    (before,) = decode_cursor(cursor, CouponId) or (None,)
    rows = await service.wallet_of(tx, customer_id, before=before, limit=limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/customer/coupons", opt={"grant": "pricing.own"})
async def list_own_coupons(tx: Tx, limit: Limit = 50, cursor: Cursor = None) -> Page[Coupon]:
    """List the coupons of the customer who is signed in, the newest first. Raises: CustomerNeeded. 我的优惠券。"""
    (before,) = decode_cursor(cursor, CouponId) or (None,)
    rows = await service.wallet_of(tx, members.customer_of(tx.actor), before=before, limit=limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/coupons/open", opt={"public": True})
async def list_open_coupons(db: Database, lang: Lang, shop_id: ShopId) -> list[OpenCoupon]:
    """List the coupons that shoppers may take now; `pricing.claim_own_coupon` takes one. 可领取的优惠券。"""
    async with db.reading(SYSTEM) as tx:
        return await service.open_to_shoppers(tx, shop_id, lang)


routes: Final = [
    list_price_lists,
    list_entries,
    read_price,
    list_floors,
    read_policy,
    list_promotions,
    read_promotion,
    tell_promotion,
    list_coupon_batches,
    list_coupons,
    list_own_coupons,
    list_open_coupons,
]
