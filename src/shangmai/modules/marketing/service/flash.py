"""Flash sales: opened as promotions with a limit on pieces, bought through checkout, looked at cheaply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.clock import Period
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout import service as checkout
from shangmai.modules.checkout.contract.placing import PlaceCheckout, Placed, WantedLine
from shangmai.modules.marketing.contract.flash import (
    BuyFlash,
    FlashLimitReached,
    FlashNotOpen,
    FlashSaleNotFound,
    FlashSaleView,
    FlashSoldOut,
    FlashStatus,
    FlashTimesUnfit,
    OpenFlashSale,
)
from shangmai.modules.marketing.rules import flash as rules
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OfferNotUsable
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import FlashSale, Layer, Limits, Promotion, PromotionId, Scope, Selection, When
from shangmai.modules.pricing.contract.benefits import SkuPrice
from shangmai.modules.pricing.contract.lifecycle import CreatePromotion, PublishPromotion
from shangmai.modules.pricing.contract.quotas import PromotionUsedUp


@action(
    "marketing.open_flash_sale",
    grant="marketing.manage",
    scope=lambda do: {"shop": do.shop_id},
    errors=[FlashTimesUnfit],
)
async def open_flash_sale(tx: Tx, do: OpenFlashSale) -> FlashSaleView:
    """Open a flash sale: a promotion, published at once, whose pieces are counted in the quota book.

    It is changed, paused and ended as any promotion. Raises: FlashTimesUnfit, and what refuses a promotion.
    """
    if do.ends_at <= do.starts_at:
        raise FlashTimesUnfit([("ends_at", "is not after starts_at")])
    made = await pricing.create_promotion(
        tx,
        CreatePromotion(
            code=do.code,
            name=do.name,
            layer=Layer.PRICE,
            scope=Scope(include=Selection(skus=(do.sku_id,)), shops=(do.shop_id,)),
            when=When(period=Period(do.starts_at, do.ends_at)),
            benefit=FlashSale(prices=(SkuPrice(do.sku_id, do.price_minor),)),
            limits=Limits(pieces_total=do.units, pieces_per_buyer=do.per_buyer),
        ),
    )
    await pricing.publish_promotion(tx, PublishPromotion(promotion_id=made.id))
    promotion = (await pricing.get_published(tx, [made.id]))[made.id]
    view = rules.view(promotion, do.units, tx.now)
    assert view is not None
    return view


@action(
    "marketing.buy_flash",
    grant="marketing.buy_flash",
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id, "member": do.customer_id},
    gate=rules.gate,
    errors=[FlashSaleNotFound, FlashNotOpen, FlashSoldOut, FlashLimitReached, *checkout.ERRORS, *orders.OFFER_ERRORS],
)
async def buy_flash(tx: Tx, do: Sequence[BuyFlash]) -> list[Placed | AppError]:
    """Buy in flash sales, first come, first served: at the flash price or not at all, as many as each buyer may.

    The pieces are held with the order; an order that is canceled or not paid in time gives them back. While a process
    knows that nothing is left, it refuses without asking the database. Event orders.placed.v1.
    """
    sales = await _sales(tx, {each.promotion_id for each in do})
    outcomes: dict[int, Placed | AppError] = {}
    live: list[int] = []
    for n, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        sale = sales.get(each.promotion_id)
        if sale is None or sale.sku_id != each.sku_id:
            outcomes[n] = FlashSaleNotFound(promotion_id=each.promotion_id)
        elif not sale.starts_at <= item.now < sale.ends_at:
            outcomes[n] = FlashNotOpen(starts_at=sale.starts_at.isoformat(), ends_at=sale.ends_at.isoformat())
        elif not sale.left:
            outcomes[n] = FlashSoldOut(promotion_id=each.promotion_id)
        else:
            live.append(n)
    placed = await checkout.place_wanted(
        tx, [checkout.Wanted(_checkout(do[n]), tx.items[n], do[n].promotion_id) for n in live]
    )
    outcomes |= dict(zip(live, placed, strict=True))
    await _say_why(tx, do, outcomes, sales)
    return [outcomes[n] for n in range(len(do))]


def _checkout(do: BuyFlash) -> PlaceCheckout:
    return PlaceCheckout(
        shop_id=do.shop_id,
        lines=(WantedLine(sku_id=do.sku_id, qty=do.qty),),
        customer_id=do.customer_id,
        receiver=do.receiver,
        delivery=do.delivery,
        best_coupons=False,
        expected_total_minor=do.expected_total_minor,
        method=do.method,
        scene=do.scene,
        invoice=do.invoice,
        note=do.note,
    )


async def _say_why(
    tx: Tx,
    do: Sequence[BuyFlash],
    outcomes: dict[int, Placed | AppError],
    sales: Mapping[PromotionId, FlashSaleView],
) -> None:
    """Tell those who did not get the price whether nothing is left or they have had theirs, and remember the former."""
    missed = {n for n, each in outcomes.items() if isinstance(each, PromotionUsedUp | OfferNotUsable)}
    sold_out = {do[n].promotion_id for n, each in outcomes.items() if isinstance(each, FlashSoldOut)}
    left = await _left(tx, {do[n].promotion_id for n in missed}) if missed else {}
    sold_out |= {id_ for id_, pieces in left.items() if not pieces}
    for n in missed:
        id_ = do[n].promotion_id
        outcomes[n] = (
            FlashSoldOut(promotion_id=id_) if id_ in sold_out else FlashLimitReached(per_buyer=sales[id_].per_buyer)
        )
    if not tx.dry_run:
        for id_ in sales:
            rules.note(tx.memory, id_, tx.now, sold_out=id_ in sold_out)


async def _sales(tx: Tx, ids: set[PromotionId]) -> dict[PromotionId, FlashSaleView]:
    promotions = await pricing.get_published(tx, ids)
    return await _views(tx, list(promotions.values()))


async def _views(tx: Tx, promotions: Sequence[Promotion]) -> dict[PromotionId, FlashSaleView]:
    left = await pricing.pieces_left(tx, promotions)
    views = (rules.view(each, left.get(each.id, 0), tx.now) for each in promotions)
    return {view.promotion_id: view for view in views if view is not None}


async def _left(tx: Tx, ids: set[PromotionId]) -> dict[PromotionId, int]:
    return await pricing.pieces_left(tx, list((await pricing.get_published(tx, ids)).values()))


SHOWN: Final = "marketing.flash_shown"


async def flash_sales_shown(db: Database, shop_id: ShopId) -> list[FlashSaleView]:
    """The flash sales of a shop, from the process's memory for half a second, counted down to this moment."""
    shown: dict[ShopId, tuple[datetime, list[FlashSaleView]]] = db.memory.setdefault(SHOWN, {})
    now = db.clock.now()
    known = shown.get(shop_id)
    if known is None or now - known[0] >= rules.LOOK_AGAIN_AFTER or known[0] > now:
        async with db.reading(SYSTEM) as tx:
            known = shown[shop_id] = (now, await list_flash_sales(tx, shop_id))
    return [rules.at(view, now) for view in known[1]]


async def list_flash_sales(tx: Tx, shop_id: ShopId) -> list[FlashSaleView]:
    """The flash sales of a shop that are ahead or run, those that begin first in front."""
    of_shop = [
        each
        for each in await pricing.published_promotions(tx)
        if isinstance(each.benefit, FlashSale) and shop_id in each.scope.shops
    ]
    views = (await _views(tx, of_shop)).values()
    return sorted((view for view in views if view.status is not FlashStatus.OVER), key=lambda view: view.starts_at)
