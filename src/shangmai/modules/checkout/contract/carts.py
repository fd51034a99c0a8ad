"""Carts: what somebody means to buy in a shop."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Denied, Invalid
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId

CartId = NewType("CartId", UUID)

LINES_MAX = 200
QTY_MAX = 9_999

CartToken = Annotated[
    str,
    Meta(
        pattern=r"^cart_[A-Za-z0-9_-]{20,120}$(?!\n)", description="From POST /api/v1/checkout/carts. 游客购物车令牌。"
    ),
    Personal,
]
Count = Annotated[int, Meta(ge=0, le=QTY_MAX)]


class Notice(StrEnum):
    """What happened to a line when a guest's cart was merged into a member's, or why it can't be bought as it stands.

    added_up, moved, capped (at the most that a line takes), left_out (the cart is full); dearer, cheaper (than when it
    was put in); short (less is there than wanted), gone (nothing is), off (no longer sold), too_few, too_many,
    not_in_steps (of its order limits), no_price.
    """

    ADDED_UP = "added_up"
    MOVED = "moved"
    CAPPED = "capped"
    LEFT_OUT = "left_out"
    DEARER = "dearer"
    CHEAPER = "cheaper"
    SHORT = "short"
    GONE = "gone"
    OFF = "off"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NOT_IN_STEPS = "not_in_steps"
    NO_PRICE = "no_price"


INVALID = frozenset({Notice.GONE, Notice.OFF, Notice.NO_PRICE})
"""Such a line stands apart and is not placed."""


class CartLine(Struct, frozen=True, kw_only=True):
    """`price_minor`: what one piece cost when it was put in, at list price; None where none could be told."""

    sku_id: SkuId
    qty: int
    selected: bool
    price_minor: int | None
    added_at: datetime


class LineNotice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to tell about a line: `before` and `now` are pieces, or minor units for prices."""

    sku_id: SkuId
    notice: Notice
    text: str = ""
    before: int = 0
    now: int = 0


class Cart(Struct, frozen=True, kw_only=True):
    """A cart as it is kept. `version` grows with each change; placing it needs the version that was looked at."""

    id: CartId
    shop_id: ShopId
    customer_id: CustomerId | None
    version: int
    lines: tuple[CartLine, ...]
    pieces: int
    notices: tuple[LineNotice, ...] = ()


class NewCart(Struct, frozen=True, kw_only=True):
    """A token for a cart of a guest; nothing is kept until something is put in."""

    cart_token: str


class _Owned(Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    cart_token: CartToken | None = None
    customer_id: CustomerId | None = None


class SetLine(Struct, frozen=True, kw_only=True):
    """So many pieces of a SKU, none to take it out. `selected` None: as it was; a new line is selected."""

    sku_id: SkuId
    qty: Count
    selected: bool | None = None


class SetCartLines(_Owned, frozen=True, kw_only=True):
    """Set lines of a cart to these pieces; the other lines stay, unless `replace`. With `version`, only if still at it.

    Whose cart: the guest's of the token, else the signed-in customer's, else (for staff) that of `customer_id`.
    """

    lines: Annotated[tuple[SetLine, ...], Meta(max_length=LINES_MAX)]
    replace: bool = False
    version: int | None = None


class AddLine(Struct, frozen=True, kw_only=True):
    sku_id: SkuId
    qty: Annotated[int, Meta(ge=1, le=QTY_MAX)] = 1


class AddToCart(_Owned, frozen=True, kw_only=True):
    """Put pieces into a cart, beside those that are in it. Whose cart: as for `checkout.set_lines`."""

    lines: Annotated[tuple[AddLine, ...], Meta(min_length=1, max_length=LINES_MAX)]


class MergeCart(Struct, frozen=True, kw_only=True):
    """Bring a guest's cart into the cart of the customer who has signed in; for staff, of `customer_id`."""

    shop_id: ShopId
    cart_token: CartToken
    customer_id: CustomerId | None = None


class ExpireCarts(Struct, frozen=True, kw_only=True):
    """Remove guests' carts that nobody has touched for so many days."""

    days: Annotated[int, Meta(ge=1, le=3_650)] = 30
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1_000


class CartsExpired(Struct, frozen=True, kw_only=True):
    removed: int


class CartTokenInvalid(Denied):
    """This is no cart token of this shop system; ask for a new one (POST /api/v1/checkout/carts)."""

    zh = "购物车令牌无效，请重新获取（POST /api/v1/checkout/carts）。"


class CartOfNobody(Invalid):
    """It is not said whose cart this is; send a cart token or sign in."""

    zh = "未说明是谁的购物车；请携带购物车令牌或先登录。"


class NotYourCart(Denied):
    """This is another customer's cart; leave customer_id out to use your own."""

    zh = "这是其他客户的购物车；不填 customer_id 即使用自己的购物车。"


class CartChanged(Conflict):
    """The cart is at version {current}, you looked at {version}: it was changed or ordered meanwhile. Look again."""

    zh = "购物车已是第 {current} 版，您看到的是第 {version} 版：期间已被修改或已下单，请重新查看。"


class CartFull(Conflict):
    """A cart takes {most} lines; take something out first."""

    zh = "购物车最多 {most} 行，请先移除部分商品。"


class CartQtyTooLarge(Invalid):
    """A line takes {most} pieces at most; put in fewer."""

    zh = "单行最多 {most} 件，请减少数量。"


class CartSkuUnknown(Invalid):
    """There is no SKU {sku_id} to put into a cart; search the shop again."""

    zh = "没有 SKU {sku_id}，无法加入购物车；请重新搜索商品。"
