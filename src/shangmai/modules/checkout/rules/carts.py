"""What becomes of a cart: lines set, added, merged, taken out when they are ordered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.checkout.contract.carts import (
    LINES_MAX,
    QTY_MAX,
    AddToCart,
    Cart,
    CartChanged,
    CartFull,
    CartId,
    CartLine,
    CartQtyTooLarge,
    CartSkuUnknown,
    LineNotice,
    Notice,
    SetCartLines,
)
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId

PriceOf = Callable[[SkuId], int | None]
"""What one piece costs now, for the buyer of the cart."""


class KeptCart(Struct, frozen=True, kw_only=True):
    """A row of carts: `owner` is a hash, of a guest's token or of the member."""

    id: CartId
    shop_id: ShopId
    owner: bytes
    customer_id: CustomerId | None
    version: int
    lines: tuple[CartLine, ...]


def shown(cart: KeptCart, notices: Sequence[LineNotice] = ()) -> Cart:
    return Cart(
        id=cart.id,
        shop_id=cart.shop_id,
        customer_id=cart.customer_id,
        version=cart.version,
        lines=cart.lines,
        pieces=sum(line.qty for line in cart.lines),
        notices=tuple(notices),
    )


def check_version(cart: KeptCart, version: int | None) -> AppError | None:
    if version is not None and version != cart.version:
        return CartChanged(current=cart.version, version=version)
    return None


def set_lines(cart: KeptCart, do: SetCartLines, price_of: PriceOf, known: Collection[SkuId], now: datetime) -> KeptCart:
    """The cart with the lines as wished; the very same one where nothing changes.

    Raises: CartChanged, CartFull, CartSkuUnknown.
    """
    refusal = check_version(cart, do.version)
    if refusal is not None:
        raise refusal
    before = {line.sku_id: line for line in cart.lines}
    lines = {} if do.replace else dict(before)
    for each in do.lines:
        if not each.qty:
            lines.pop(each.sku_id, None)
            continue
        line = before.get(each.sku_id) or _new_line(each.sku_id, price_of, known, now)
        selected = line.selected if each.selected is None else each.selected
        lines[each.sku_id] = replace(line, qty=each.qty, selected=selected)
    return _changed(cart, lines)


def add(cart: KeptCart, do: AddToCart, price_of: PriceOf, known: Collection[SkuId], now: datetime) -> KeptCart:
    """The cart with more pieces, which are selected. Raises: CartFull, CartQtyTooLarge, CartSkuUnknown."""
    lines = {line.sku_id: line for line in cart.lines}
    for each in do.lines:
        line = lines.get(each.sku_id) or _new_line(each.sku_id, price_of, known, now)
        qty = line.qty + each.qty
        if qty > QTY_MAX:
            raise CartQtyTooLarge([("lines", str(each.sku_id))], most=QTY_MAX)
        lines[each.sku_id] = replace(line, qty=qty, selected=True)
    return _changed(cart, lines)


def _new_line(sku_id: SkuId, price_of: PriceOf, known: Collection[SkuId], now: datetime) -> CartLine:
    if sku_id not in known:
        raise CartSkuUnknown([("lines", str(sku_id))], sku_id=sku_id)
    return CartLine(sku_id=sku_id, qty=0, selected=True, price_minor=price_of(sku_id), added_at=now)


def _changed(cart: KeptCart, lines: Mapping[SkuId, CartLine]) -> KeptCart:
    after = tuple(lines.values())
    if after == cart.lines:
        return cart
    if len(after) > LINES_MAX:
        raise CartFull(most=LINES_MAX)
    return replace(cart, lines=after, version=cart.version + 1)


def merge(guest: KeptCart, member: KeptCart) -> tuple[KeptCart, list[LineNotice]]:
    """The member's cart with the guest's lines: pieces add up to what a line takes; what no longer fits is left out.

    The price of when a line was first put in stays.
    """
    lines = {line.sku_id: line for line in member.lines}
    notices = []
    for line in guest.lines:
        own = lines.get(line.sku_id)
        if own is None and len(lines) >= LINES_MAX:
            notices.append(LineNotice(sku_id=line.sku_id, notice=Notice.LEFT_OUT, before=line.qty))
            continue
        wanted = line.qty + (own.qty if own else 0)
        qty = min(wanted, QTY_MAX)
        kind = Notice.CAPPED if qty < wanted else Notice.ADDED_UP if own else Notice.MOVED
        lines[line.sku_id] = replace(own or line, qty=qty, selected=line.selected or (own is not None and own.selected))
        notices.append(LineNotice(sku_id=line.sku_id, notice=kind, before=own.qty if own else 0, now=qty))
    after = tuple(lines.values())
    version = max(member.version, guest.version) + 1 if guest.lines else member.version
    return replace(member, lines=after, version=version), notices


def without(cart: KeptCart, ordered: Collection[SkuId]) -> KeptCart:
    """The cart when these of its lines have been ordered."""
    rest = tuple(line for line in cart.lines if line.sku_id not in ordered)
    return replace(cart, lines=rest, version=cart.version + 1)
