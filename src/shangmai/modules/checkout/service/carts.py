"""Keeping carts: set, added to, merged at sign-in, removed when they are left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.checkout.contract.carts import (
    AddToCart,
    Cart,
    CartChanged,
    CartFull,
    CartOfNobody,
    CartQtyTooLarge,
    CartsExpired,
    CartSkuUnknown,
    CartTokenInvalid,
    ExpireCarts,
    MergeCart,
    NotYourCart,
    SetCartLines,
)
from shangmai.modules.checkout.queries import carts as queries
from shangmai.modules.checkout.queries.carts import Owner
from shangmai.modules.checkout.rules import carts as rules
from shangmai.modules.checkout.rules.carts import KeptCart, PriceOf
from shangmai.modules.checkout.rules.tokens import member_hash
from shangmai.modules.checkout.service.owners import GRANT, buyer_of, owner_of
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopId, ShopNotFound
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract.asking import PriceAsk, PriceLine
from shangmai.modules.pricing.contract.price_lists import UnitPrice

OWNER_ERRORS = (ShopNotFound, CartTokenInvalid, CartOfNobody, NotYourCart)


W = TypeVar("W", bound=SetCartLines | AddToCart)
Change: TypeAlias = Callable[[KeptCart, W, PriceOf, Collection[SkuId], datetime], KeptCart]


@action(
    "checkout.set_lines",
    grant=GRANT,
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id},
    errors=[*OWNER_ERRORS, CartChanged, CartFull, CartSkuUnknown],
)
async def set_lines(tx: Tx, do: Sequence[SetCartLines]) -> list[Cart | AppError]:
    """Set lines of carts to so many pieces, none to take them out; sent again, it changes nothing.

    Guests name their cart by a token, customers have theirs. The first line makes the cart.
    """
    return await _change(tx, do, rules.set_lines)


@action(
    "checkout.add_to_cart",
    grant=GRANT,
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id},
    errors=[*OWNER_ERRORS, CartFull, CartQtyTooLarge, CartSkuUnknown],
)
async def add_to_cart(tx: Tx, do: Sequence[AddToCart]) -> list[Cart | AppError]:
    """Put pieces into carts, beside those that are there. Send it with an idempotency key: again, it adds again."""
    return await _change(tx, do, rules.add)


async def _change(tx: Tx, do: Sequence[W], change: Change[W]) -> list[Cart | AppError]:
    """Change carts in order of arrival, each under its lock; what refuses one leaves it as it was."""
    owners = await _owners(tx, do)
    live = {n: owner for n, owner in enumerate(owners) if not isinstance(owner, AppError)}
    outcomes: list[Cart | AppError | None] = [each if isinstance(each, AppError) else None for each in owners]
    if live:
        kept = await queries.lock_or_make(
            tx, [((do[n].shop_id, owner), buyer, tx.items[n]) for n, (owner, buyer) in live.items()]
        )
        skus = await catalog.get_skus(tx, {line.sku_id for n in live for line in do[n].lines})
        prices = await _prices(tx, {n: do[n] for n in live}, {n: buyer for n, (_, buyer) in live.items()}, skus)
        changed: dict[Owner, tuple[KeptCart, Item]] = {}
        for n, (owner, _) in live.items():
            key = (do[n].shop_id, owner)
            try:
                after = change(kept[key], do[n], prices[n], skus, tx.items[n].now)
            except AppError as refusal:
                outcomes[n] = refusal
                continue
            if after is not kept[key]:
                changed[key] = (after, tx.items[n])
            kept[key] = after
            outcomes[n] = rules.shown(after)
        if changed:
            await queries.write(tx, list(changed.values()))
        await _drop_untouched(tx, kept.values())
    return [each for each in outcomes if each is not None]


async def _drop_untouched(tx: Tx, kept: Collection[KeptCart]) -> None:
    """Remove carts that were made for nothing: all that was asked of them was refused, or put nothing in."""
    empty = [cart.id for cart in kept if cart.version == 0]
    if empty:
        await queries.delete(tx, empty)


async def _owners(tx: Tx, do: Sequence[SetCartLines | AddToCart]) -> list[tuple[bytes, CustomerId | None] | AppError]:
    shops = await organization.get_shops(tx, {each.shop_id for each in do})
    return [
        owner_of(item.actor, each.cart_token, each.customer_id)
        if each.shop_id in shops
        else ShopNotFound(shop_id=each.shop_id)
        for each, item in zip(do, tx.items, strict=True)
    ]


async def _prices(
    tx: Tx, do: Mapping[int, W], buyers: Mapping[int, CustomerId | None], skus: Mapping[SkuId, Sku]
) -> dict[int, PriceOf]:
    """What a piece costs each buyer now, at list price, for telling later that it has changed."""
    shops: dict[ShopId, ShopFacts] = await organization.get_shops(tx, {each.shop_id for each in do.values()})
    wanted = {
        n: [skus[sku_id] for sku_id in dict.fromkeys(line.sku_id for line in each.lines) if sku_id in skus]
        for n, each in do.items()
    }
    asks = [
        PriceAsk(
            shop=shops[each.shop_id],
            lines=tuple(PriceLine(sku, 1) for sku in wanted[n]),
            customer_id=buyers[n],
            at=tx.items[n].now,
        )
        for n, each in do.items()
    ]
    told = await pricing.find_prices(tx, asks)
    found = {
        n: {
            sku.id: price.unit_minor
            for sku, price in zip(wanted[n], prices, strict=True)
            if isinstance(price, UnitPrice)
        }
        for n, prices in zip(do, told, strict=True)
    }
    return {n: prices.get for n, prices in found.items()}


@action(
    "checkout.merge_cart",
    grant=GRANT,
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id},
    errors=[*OWNER_ERRORS],
)
async def merge_cart(tx: Tx, do: Sequence[MergeCart]) -> list[Cart | AppError]:
    """Bring guests' carts into those of the customers who have signed in; the notices say what became of each line.

    Pieces of the same SKU add up, to what a line takes. The guest's cart is gone then, so again nothing is added.
    """
    shops = await organization.get_shops(tx, {each.shop_id for each in do})
    outcomes: list[Cart | AppError] = []
    pairs: dict[int, tuple[Owner, Owner, CustomerId]] = {}
    for n, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        guest, buyer = owner_of(item.actor, each.cart_token, None), buyer_of(item.actor, each.customer_id)
        if each.shop_id not in shops:
            outcomes.append(ShopNotFound(shop_id=each.shop_id))
        elif isinstance(guest, AppError):
            outcomes.append(guest)
        elif isinstance(buyer, AppError) or buyer is None:
            outcomes.append(buyer or CartOfNobody([("customer_id", "is missing")]))
        else:
            pairs[n] = ((each.shop_id, guest[0]), (each.shop_id, member_hash(buyer)), buyer)
            outcomes.append(CartOfNobody())
    if pairs:
        for n, cart in (await _merge(tx, pairs)).items():
            outcomes[n] = cart
    return outcomes


async def _merge(tx: Tx, pairs: Mapping[int, tuple[Owner, Owner, CustomerId]]) -> dict[int, Cart]:
    wanted = [(guest, None, tx.items[n]) for n, (guest, _, _) in pairs.items()]
    wanted += [(member, buyer, tx.items[n]) for n, (_, member, buyer) in pairs.items()]  # type: ignore[misc]
    kept = await queries.lock_or_make(tx, wanted)
    made: dict[int, Cart] = {}
    changed: dict[Owner, tuple[KeptCart, Item]] = {}
    for n, (guest, member, _) in pairs.items():
        after, notices = rules.merge(kept[guest], kept[member])
        kept[guest] = rules.without(kept[guest], {line.sku_id for line in kept[guest].lines})
        if after is not kept[member]:
            changed[member] = (after, tx.items[n])
        kept[member] = after
        made[n] = rules.shown(after, notices)
    if changed:
        await queries.write(tx, list(changed.values()))
    await queries.delete(tx, {kept[guest].id for guest, _, _ in pairs.values()})
    await _drop_untouched(tx, [kept[member] for _, member, _ in pairs.values()])
    return made


@action("checkout.expire_carts", grant="checkout.manage")
async def expire_carts(tx: Tx, do: ExpireCarts) -> CartsExpired:
    """Remove guests' carts that nobody has touched for some days, the oldest first. Members' carts stay."""
    return CartsExpired(removed=await queries.delete_left(tx, do.days, do.limit))
