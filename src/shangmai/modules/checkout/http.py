"""What shoppers read of carts and orders, signed in or not, and what staff read of settings.

A shopper's read runs as the system and shows only what the caller holds: a cart's token or their own cart, an order's
link. Tokens come in bodies, because addresses of requests are logged.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from litestar import Request, get, post
from litestar.params import Parameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.auth import ANONYMOUS
from shangmai.kernel.http.cookies import address_of
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.i18n import Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout import service
from shangmai.modules.checkout.contract.carts import NewCart
from shangmai.modules.checkout.contract.placing import (
    AskCheckout,
    CartView,
    CheckoutQuote,
    CheckoutSettings,
    FoundOrder,
    FriendOrder,
    OwnOrder,
    PickupPoint,
)
from shangmai.modules.checkout.queries import settings as queries
from shangmai.modules.checkout.rules import tokens
from shangmai.modules.members import service as members
from shangmai.modules.orders.contract import OrderId, Status
from shangmai.modules.organization.contract import ShopId

PUBLIC: Final = {"public": True}

AnyRequest = Request[Any, Any, Any]
READ: Final = {"grant": "checkout.read"}
OWN: Final = {"grant": "checkout.own"}

LinkText = Annotated[str, Parameter(max_length=100, description="The link of an order's answer. 订单链接。")]


@post("/api/v1/checkout/carts", opt=PUBLIC, status_code=200)
async def new_cart() -> NewCart:
    """Give a token for a guest's cart. Nothing is kept until something is put in; keep it, it is the cart's key."""
    return NewCart(cart_token=tokens.new_cart_token())


@post("/api/v1/checkout/cart", opt=PUBLIC, status_code=200)
async def read_cart(request: AnyRequest, db: Database, actor: Actor, lang: Lang, data: AskCheckout) -> CartView:
    """Show a cart as it stands now: prices, stock, what has changed, what can't be bought, how to save more.

    A question with a body, so it is a POST. Raises: CartTokenInvalid, CartOfNobody, NotYourCart, ShopNotFound,
    CouponCodesThrottled.
    """
    _check_shop(actor, data.shop_id)
    await service.guard_codes(db, actor, data, address_of(request))
    async with db.reading(SYSTEM) as tx:
        return await service.view_cart(tx, actor, data, lang)


@post("/api/v1/checkout/quote", opt=PUBLIC, status_code=200)
async def read_quote(request: AnyRequest, db: Database, actor: Actor, lang: Lang, data: AskCheckout) -> CheckoutQuote:
    """Tell what ordering would cost and why, and what can be chosen; nothing is held.

    A question with a body, so it is a POST. Raises: what refuses the order, but for stock and limits;
    CouponCodesThrottled.
    """
    _check_shop(actor, data.shop_id)
    await service.guard_codes(db, actor, data, address_of(request))
    async with db.reading(SYSTEM) as tx:
        return await service.quote(tx, actor, data, lang)


@get("/api/v1/checkout/order", opt=PUBLIC)
async def read_order(db: Database, link: LinkText) -> FoundOrder:
    """Show the order of a link, for whoever holds it. Raises: LinkInvalid."""
    async with db.reading(SYSTEM) as tx:
        return await service.find_by_link(tx, link)


@get("/api/v1/checkout/friend-order", opt=PUBLIC)
async def read_friend_order(db: Database, link: LinkText) -> FriendOrder:
    """Show what a pay link pays for, for whoever was sent it. Raises: LinkInvalid. 代付订单。"""
    async with db.reading(SYSTEM) as tx:
        return await service.find_to_pay(tx, link)


@get("/api/v1/checkout/orders", opt=OWN)
async def list_own_orders(
    db: Database,
    actor: Actor,
    status: Annotated[Status | None, Parameter(description="Only of this status. 只看此状态。")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[OwnOrder]:
    """List the orders of the customer who is signed in, the newest first. Raises: CustomerNeeded. 我的订单。"""
    customer_id = members.customer_of(actor)
    before = decode_cursor(cursor, datetime, OrderId)
    async with db.reading(SYSTEM) as tx:
        place = None if before is None else (before[0], before[1])
        rows = await service.list_own(tx, customer_id, status, place, limit + 1)
    return page(rows, limit, lambda order: (order.placed_at, order.order_id))


@get("/api/v1/checkout/orders/{order_id:uuid}", opt=OWN)
async def read_own_order(db: Database, actor: Actor, order_id: OrderId) -> FoundOrder:
    """Show an order of the customer who is signed in. Raises: CustomerNeeded, OrderNotFound. 我的订单。"""
    customer_id = members.customer_of(actor)
    async with db.reading(SYSTEM) as tx:
        return await service.find_own(tx, customer_id, order_id)


@get("/api/v1/checkout/settings", opt=READ)
async def read_settings(tx: Tx, actor: Actor, shop_id: ShopId) -> CheckoutSettings:
    """Show how a shop lets people check out."""
    if not actor.sees("shop", shop_id):
        raise OutOfScope(dimension="shop")
    return await service.settings_of(tx, shop_id)


@get("/api/v1/checkout/pickup-points", opt=PUBLIC)
async def list_pickup_points(db: Database, shop_id: ShopId) -> list[PickupPoint]:
    """List where a shop's orders can be fetched, by name."""
    async with db.reading(SYSTEM) as tx:
        return await queries.points_of(tx, shop_id)


def _check_shop(actor: Actor, shop_id: ShopId) -> None:
    """Guests look at any shop, customers at theirs, staff at those of their scope. Raises: OutOfScope."""
    if actor is not ANONYMOUS and not actor.sees("shop", shop_id):
        raise OutOfScope(dimension="shop")


routes: Final = [
    new_cart,
    read_cart,
    read_quote,
    read_order,
    read_friend_order,
    list_own_orders,
    read_own_order,
    read_settings,
    list_pickup_points,
]
