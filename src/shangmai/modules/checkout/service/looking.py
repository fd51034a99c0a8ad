"""A cart as it stands now, and what ordering would cost: live prices, stock and freight, in one round of reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import Lang, t
from shangmai.kernel.money import Money
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import (
    ProductStatus,
    Sku,
    SkuId,
    SkuKind,
)
from shangmai.modules.catalog.contract.places import Goods
from shangmai.modules.checkout.contract.carts import INVALID, CartLine, LineNotice, Notice
from shangmai.modules.checkout.contract.placing import (
    AskCheckout,
    CartItem,
    CartView,
    CheckoutQuote,
    Hint,
    WantedLine,
)
from shangmai.modules.checkout.queries import settings as queries
from shangmai.modules.checkout.queries.settings import Opening
from shangmai.modules.checkout.rules.carts import KeptCart
from shangmai.modules.checkout.service import wishes
from shangmai.modules.checkout.service.paying import methods_for
from shangmai.modules.checkout.service.placing import Bills
from shangmai.modules.checkout.service.wishes import Asker, Wish
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import AskPromise, DeliveryPromise, FreightBill
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OfferedOrder
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopNotFound
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Quote, QuotedLine

HINTS_MAX: Final = 5


class Priced(Struct, frozen=True):
    """What was quoted: the quote or why not, and the freight that is in it."""

    quote: Quote | None
    freight: FreightBill | None
    problem: AppError | None


async def guard_codes(db: Database, actor: Actor, do: AskCheckout, source: str) -> None:
    """Count the coupon codes that are typed in, before a question about them is answered. No statement without any.

    Raises: CouponCodesThrottled, NotYourCart.
    """
    if any(wish.code is not None for wish in do.coupons):
        refusal = await db.run(lambda: _count_codes(db, actor, do, source))
        if refusal is not None:
            raise refusal


async def _count_codes(db: Database, actor: Actor, do: AskCheckout, source: str) -> AppError | None:
    async with db.transaction(door="read", durable=False) as tx:
        item = Item(actor, tx.cause, tx.now, source=source)
        asker = wishes.asker_of(do, item, uses_cart=False)
        if isinstance(asker, AppError):
            return asker
        return (await pricing.guard_codes(tx, {0: wishes.guess_of(do, asker, item)})).get(0)


async def view_cart(tx: Tx, actor: Actor, do: AskCheckout, lang: Lang) -> CartView:
    """Show a cart with everything that is true of it now; an unknown or empty one is empty.

    Ten statements at most for a guest, whatever the number of lines, and three more for a customer. Raises:
    CartTokenInvalid, CartOfNobody, NotYourCart, ShopNotFound, PickupPointNotFound, RegionUnknown.
    """
    asker, opened = await _open(tx, actor, do)
    shop = (await organization.get_shops(tx, [do.shop_id])).get(do.shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=do.shop_id)
    cart = opened.carts.get(asker.owner) if asker.owner is not None else None
    if cart is None or not cart.lines:
        version = 0 if cart is None else cart.version
        return CartView(shop_id=do.shop_id, version=version, lines=(), invalid=(), quote=None, total_minor=0,
                        currency=shop.currency)  # fmt: skip
    goods = await catalog.goods_of(tx, {line.sku_id for line in cart.lines})
    skus = {id_: of.sku for id_, of in goods.items()}
    available = await _available(tx, _warehouse(do, opened), skus)
    standing = {line.sku_id: _standing(line, goods.get(line.sku_id), available) for line in cart.lines}
    buyable = [line for line in cart.lines if not _is_invalid(standing[line.sku_id])]
    priced = await _price(tx, actor, do, asker, opened, [line for line in buyable if line.selected], goods)
    return _view(cart, skus, standing, available, priced, shop.currency, lang)


async def quote(tx: Tx, actor: Actor, do: AskCheckout, lang: Lang) -> CheckoutQuote:
    """Tell what ordering would cost, with its traces, how to save more, and what can be chosen; nothing is held.

    Raises: what `checkout.place` refuses for goods, region, customer and coupons.
    """
    asker, opened = await _open(tx, actor, do)
    shop = (await organization.get_shops(tx, [do.shop_id])).get(do.shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=do.shop_id)
    wish = await _wish(tx, actor, do, asker, opened)
    goods = await catalog.goods_of(tx, {line.sku_id for line in wish.lines})
    refusal = wishes.check_offers(wish, {id_: of.offer for id_, of in goods.items()})
    if refusal is not None:
        raise refusal
    priced = await _quoted(tx, wish, opened, goods)
    if priced.problem is not None:
        raise priced.problem
    assert priced.quote is not None
    currency = priced.quote.currency
    promise = await _promise(tx, wish, opened, shop, {id_: of.sku for id_, of in goods.items()})
    return CheckoutQuote(
        quote=priced.quote,
        total_minor=priced.quote.totals.payable_minor,
        currency=currency,
        freight=priced.freight,
        freight_text="" if priced.freight is None else priced.freight.text(currency, lang),
        hints=_hints(priced.quote, lang),
        methods=await methods_for(tx, wish.settings, shop.company_id, asker.buyer),
        pickup_points=tuple(await queries.points_of(tx, do.shop_id)),
        cart_version=None if wish.cart is None else wish.cart.version,
        promise=promise,
        promise_text="" if promise is None else logistics.promise_text(promise, lang),
    )


async def _promise(
    tx: Tx, wish: Wish, opened: Opening, shop: ShopFacts, skus: Mapping[SkuId, Sku]
) -> DeliveryPromise | None:
    """On which day all of it will be there; one more statement where the warehouse does not say when it sends."""
    warehouse_id = opened.warehouses.get(shop.id)
    if wish.region is None or warehouse_id is None or wish.point is not None:
        return None
    ask = AskPromise(company_id=shop.company_id, warehouse_id=warehouse_id, to_region=wish.region, at=tx.now)
    (promise,) = await logistics.promises(tx, [ask])
    if promise is None:
        return None
    there = await _available(tx, warehouse_id, skus)
    return promise if all(_is_there(there.get(line.sku_id), line.qty) for line in wish.lines) else None


def _is_there(available: int | None, qty: int) -> bool:
    """Whether so many can be held; of a service there are always enough."""
    return available is None or available >= qty


# --- what is asked -------------------------------------------------------------------------------------------------


async def _open(tx: Tx, actor: Actor, do: AskCheckout) -> tuple[Asker, Opening]:
    """Raises: CartTokenInvalid, CartOfNobody, NotYourCart."""
    item = Item(actor, tx.cause, tx.now)
    asker = wishes.asker_of(do, item, uses_cart=wishes.uses_cart(do))
    if isinstance(asker, AppError):
        raise asker
    owners = [] if asker.owner is None else [asker.owner]
    points = [] if do.delivery.point_id is None else [do.delivery.point_id]
    return asker, await queries.opening(tx, [do.shop_id], owners, points, lock=False)


async def _wish(tx: Tx, actor: Actor, do: AskCheckout, asker: Asker, opened: Opening) -> Wish:
    """Raises: what refuses the wish."""
    tariffs = await logistics.tariffs_of(tx, opened.freight)
    wish = wishes.wish_of(do, asker, opened, tariffs, Item(actor, tx.cause, tx.now))
    if isinstance(wish, AppError):
        raise wish
    return wish


async def _price(
    tx: Tx,
    actor: Actor,
    do: AskCheckout,
    asker: Asker,
    opened: Opening,
    lines: Sequence[CartLine],
    goods: Mapping[SkuId, Goods],
) -> Priced:
    if not lines:
        return Priced(None, None, None)
    wanted = tuple(WantedLine(sku_id=line.sku_id, qty=line.qty) for line in lines)
    asked = _with_lines(do, wanted)
    try:
        return await _quoted(tx, await _wish(tx, actor, asked, asker, opened), opened, goods)
    except AppError as refusal:
        return Priced(None, None, refusal)


def _with_lines(do: AskCheckout, lines: tuple[WantedLine, ...]) -> AskCheckout:
    return AskCheckout(
        shop_id=do.shop_id,
        lines=lines,
        customer_id=do.customer_id,
        receiver=do.receiver,
        region=do.region,
        delivery=do.delivery,
        coupons=do.coupons,
        best_coupons=do.best_coupons,
        gifts=do.gifts,
        points=do.points,
    )


async def _quoted(tx: Tx, wish: Wish, opened: Opening, goods: Mapping[SkuId, Goods]) -> Priced:
    order = wishes.order_of(wish)
    bills = None if order.freight is None else Bills(order.freight)
    do = replace(order.do, warehouse_id=order.do.warehouse_id or opened.warehouses.get(wish.do.shop_id))
    quoted = await orders.preview_offered(tx, OfferedOrder(do=do, item=order.item, freight=bills), goods)
    if isinstance(quoted, AppError):
        return Priced(None, None, quoted)
    return Priced(quoted, None if bills is None else bills.last, None)


# --- stock ---------------------------------------------------------------------------------------------------------


def _warehouse(do: AskCheckout, opened: Opening) -> WarehouseId | None:
    point = opened.points.get(do.delivery.point_id) if do.delivery.point_id is not None else None
    return opened.warehouses.get(do.shop_id) if point is None else point.warehouse_id


async def _available(tx: Tx, warehouse_id: WarehouseId | None, skus: Mapping[SkuId, Sku]) -> dict[SkuId, int | None]:
    """How many of each SKU can be held now; None of a service. A kit is there as often as its scarcest component."""
    if warehouse_id is None:
        return dict.fromkeys(skus, 0)
    pieces = {sku.id: _pieces(sku) for sku in skus.values()}
    wanted = {(sku_id, warehouse_id) for parts in pieces.values() for sku_id in parts}
    there = await inventory.available(tx, wanted)
    return {
        id_: min((there[part, warehouse_id] // qty for part, qty in parts.items()), default=None)
        for id_, parts in pieces.items()
    }


def _pieces(sku: Sku) -> dict[SkuId, int]:
    if sku.kind is SkuKind.SERVICE:
        return {}
    return {part.sku_id: part.qty for part in sku.components} or {sku.id: 1}


# --- how a line stands ---------------------------------------------------------------------------------------------


def _standing(line: CartLine, goods: Goods | None, available: Mapping[SkuId, int | None]) -> list[LineNotice]:
    offer = None if goods is None else goods.offer
    if offer is None or not offer.active or offer.status is not ProductStatus.LISTED:
        return [LineNotice(sku_id=line.sku_id, notice=Notice.OFF)]
    told = []
    there = available.get(line.sku_id)
    if there is not None and there < line.qty:
        kind = Notice.SHORT if there else Notice.GONE
        told.append(LineNotice(sku_id=line.sku_id, notice=kind, before=line.qty, now=there))
    if line.qty < offer.min_qty:
        told.append(LineNotice(sku_id=line.sku_id, notice=Notice.TOO_FEW, before=line.qty, now=offer.min_qty))
    elif offer.max_qty is not None and line.qty > offer.max_qty:
        told.append(LineNotice(sku_id=line.sku_id, notice=Notice.TOO_MANY, before=line.qty, now=offer.max_qty))
    elif line.qty % offer.qty_step:
        told.append(LineNotice(sku_id=line.sku_id, notice=Notice.NOT_IN_STEPS, before=line.qty, now=offer.qty_step))
    return told


def _is_invalid(notices: Sequence[LineNotice]) -> bool:
    return any(each.notice in INVALID for each in notices)


# --- the answer ----------------------------------------------------------------------------------------------------


def _view(
    cart: KeptCart,
    skus: Mapping[SkuId, Sku],
    standing: Mapping[SkuId, list[LineNotice]],
    available: Mapping[SkuId, int | None],
    priced: Priced,
    currency: str,
    lang: Lang,
) -> CartView:
    quoted = {line.sku_id: line for line in priced.quote.lines} if priced.quote is not None else {}
    items = [
        _item(line, skus, standing[line.sku_id], quoted.get(line.sku_id), available.get(line.sku_id), currency, lang)
        for line in cart.lines
    ]
    return CartView(
        shop_id=cart.shop_id,
        version=cart.version,
        lines=tuple(item for item in items if not _is_invalid(item.notices)),
        invalid=tuple(item for item in items if _is_invalid(item.notices)),
        quote=priced.quote,
        total_minor=0 if priced.quote is None else priced.quote.totals.payable_minor,
        currency=currency,
        freight=priced.freight,
        freight_text="" if priced.freight is None else priced.freight.text(currency, lang),
        hints=() if priced.quote is None else _hints(priced.quote, lang),
        problem="" if priced.problem is None else priced.problem.message(lang),
    )


def _item(
    line: CartLine,
    skus: Mapping[SkuId, Sku],
    standing: Sequence[LineNotice],
    quoted: QuotedLine | None,
    available: int | None,
    currency: str,
    lang: Lang,
) -> CartItem:
    notices = [*standing, *_price_notices(line, quoted)]
    return CartItem(
        sku_id=line.sku_id,
        qty=line.qty,
        selected=line.selected,
        price_minor=line.price_minor,
        added_at=line.added_at,
        name=skus[line.sku_id].name if line.sku_id in skus else "",
        unit_minor=None if quoted is None else quoted.unit_list_minor,
        amount_minor=None if quoted is None else quoted.paid_minor,
        available=available,
        notices=tuple(_said(notice, currency, lang) for notice in notices),
    )


def _price_notices(line: CartLine, quoted: QuotedLine | None) -> list[LineNotice]:
    """Whether a piece costs another price than when it was put in."""
    before = line.price_minor
    if quoted is None or before is None or quoted.unit_list_minor == before:
        return []
    kind = Notice.DEARER if quoted.unit_list_minor > before else Notice.CHEAPER
    return [LineNotice(sku_id=line.sku_id, notice=kind, before=before, now=quoted.unit_list_minor)]


def _said(notice: LineNotice, currency: str, lang: Lang) -> LineNotice:
    before, now = str(notice.before), str(notice.now)
    if notice.notice in (Notice.DEARER, Notice.CHEAPER):
        before, now = (Money(minor, currency).format(lang) for minor in (notice.before, notice.now))
    text = t(f"checkout.notice.{notice.notice}", lang, before=before, now=now)
    return LineNotice(sku_id=notice.sku_id, notice=notice.notice, text=text, before=notice.before, now=notice.now)


def _hints(quoted: Quote, lang: Lang) -> tuple[Hint, ...]:
    """How to save more: the tier above of what applies, and what is missing for what does not."""
    applied = [(each.promotion_id, each.name, each.name_en, each.next) for each in quoted.applied]
    refused = [(each.promotion_id, each.name, each.name_en, each.missing) for each in quoted.refused]
    hints = [
        Hint(promotion_id=id_, name=(lang == "en" and name_en) or name, text=missing.text(quoted.currency, lang))
        for id_, name, name_en, missing in (*applied, *refused)
        if missing is not None
    ]
    return tuple(hints[:HINTS_MAX])
