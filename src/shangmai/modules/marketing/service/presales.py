"""Pre-sales: placed with a deposit, closed when the window for the balance is over."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.marketing.contract import (
    ClosePresale,
    NoPresalePromotion,
    PlacePresale,
    PresaleNotFound,
    PresaleTerms,
    SetPresaleTerms,
)
from shangmai.modules.marketing.queries import presales as queries
from shangmai.modules.marketing.service.groups import shops_of_customers
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OfferedOrder, Order, OrderId, PlaceLine, PlaceOrder
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import DepositPresale, Offer, PromotionId
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound

REASON = "尾款逾期未付"


@action("marketing.set_presale_terms", grant="marketing.manage", errors=[PromotionNotFound, NoPresalePromotion])
async def set_presale_terms(tx: Tx, do: SetPresaleTerms) -> PresaleTerms:
    """Say how pre-sales of a promotion go: whether the deposit stays, how long one may take to pay it.

    Raises: PromotionNotFound, NoPresalePromotion.
    """
    benefit = (await pricing.get_promotions(tx, [do.promotion_id]))[do.promotion_id].benefit
    if not isinstance(benefit, DepositPresale):
        raise NoPresalePromotion(promotion_id=do.promotion_id)
    await queries.set_terms(tx, do)
    return (await queries.terms_of(tx, [do.promotion_id]))[do.promotion_id]


@action(
    "marketing.place_presale",
    grant="marketing.place_presale",
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id, "member": do.customer_id},
    errors=[CustomerNotFound, NoPresalePromotion, *orders.OFFER_ERRORS],
)
async def place_presale(tx: Tx, do: Sequence[PlacePresale]) -> list[Order | AppError]:
    """Order in pre-sales: the deposit can be paid at once, the balance in its window; shipped when all is paid.

    Stock is held for `pay_minutes`, and for good when money has come. Event orders.placed.v1.
    """
    promotions = await pricing.get_published(tx, {each.promotion_id for each in do})
    terms = await queries.terms_of(tx, promotions)
    shops = await shops_of_customers(tx, {each.customer_id for each in do})
    outcomes: dict[int, Order | AppError] = {}
    live: dict[int, PresaleTerms] = {}
    for index, each in enumerate(do):
        promotion = promotions.get(each.promotion_id)
        if promotion is None or not isinstance(promotion.benefit, DepositPresale):
            outcomes[index] = NoPresalePromotion(promotion_id=each.promotion_id)
        elif shops.get(each.customer_id) != each.shop_id:
            outcomes[index] = CustomerNotFound(customer_id=each.customer_id)
        else:
            live[index] = terms.get(promotion.id) or default_terms(promotion.id)
    wanted = [_order(do[index], of, tx.items[index]) for index, of in live.items()]
    placed = await orders.place_offered(tx, wanted) if wanted else []
    outcomes |= dict(zip(live, placed, strict=True))
    made = [(outcomes[index], of, tx.items[index]) for index, of in live.items()]
    written = [(order, of, item) for order, of, item in made if isinstance(order, Order)]
    if written:
        await queries.insert(tx, written)
    return [outcomes[index] for index in range(len(do))]


def default_terms(promotion_id: PromotionId) -> PresaleTerms:
    """The terms of pre-sales where none were set."""
    plain = SetPresaleTerms(promotion_id=promotion_id)
    return PresaleTerms(promotion_id=promotion_id, keep_deposit=plain.keep_deposit, pay_minutes=plain.pay_minutes)


def _order(do: PlacePresale, terms: PresaleTerms, item: Item) -> OfferedOrder:
    place = PlaceOrder(
        shop_id=do.shop_id,
        lines=[PlaceLine(sku_id=do.sku_id, qty=do.qty)],
        customer_id=do.customer_id,
        warehouse_id=do.warehouse_id,
        receiver=do.receiver,
        note=do.note,
        expected_total_minor=do.expected_total_minor,
        hold_minutes=terms.pay_minutes,
    )
    return OfferedOrder(do=place, offers={1: Offer(promotion_id=do.promotion_id)}, item=item)


@action("marketing.close_presale", grant="marketing.close_presale", errors=[PresaleNotFound])
async def close_presale(tx: Tx, do: ClosePresale) -> Order:
    """Decide about a pre-sale's order when its window for the balance is over: paid whole, it goes on its way.

    Else it is canceled and its stock is free; of what was paid the shop keeps the deposit, or not, by the terms it was
    ordered under, and the rest goes back by the way it came. Before its time, and once decided, it is left alone. The
    order is locked, so a payment is before this and counts, or after and is refused or goes back.
    Events orders.canceled.v1, orders.deposit_kept.v1. Raises: PresaleNotFound.
    """
    presale = await queries.lock(tx, do.order_id)
    order = (await orders.get_orders(tx, [do.order_id])).get(do.order_id)
    if presale is None or order is None:
        raise PresaleNotFound(order_id=do.order_id)
    if presale.is_closed or order.balance_until is None or tx.now < order.balance_until:
        return order
    await queries.close(tx, order.id)
    return await orders.expire_balance(tx, order.id, REASON, keep_deposit=presale.keep_deposit)


async def due_presales(tx: Tx) -> list[OrderId]:
    """The orders of pre-sales that are due to be closed."""
    return await queries.due(tx)
