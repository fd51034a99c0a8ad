"""Pricing orders by price lists and promotions, and keeping what they use up.

An order whose goods have prices of their own is none of this; nor is any while there is neither list nor promotion,
which one small read tells for a whole batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.money import Money
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.logistics.contract import Load
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import queries, rules
from shangmai.modules.orders.contract import (
    CouponsNeedListPrices,
    LineKind,
    NothingToQuote,
    OfferNotUsable,
    OrderId,
    SkuNotSellable,
)
from shangmai.modules.orders.rules import PricedLine
from shangmai.modules.orders.service import spending
from shangmai.modules.orders.service.drafts import Draft
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Quote, QuotedGift, QuotedLine
from shangmai.modules.pricing.contract.asking import BasketAskLine, QuoteAsk, QuoteHold

DRAW_BYTES: Final = 7


async def price(tx: Tx, drafts: Sequence[Draft], skus: Mapping[SkuId, Sku]) -> dict[SkuId, Sku]:
    """Price the drafts whose goods have no prices of their own, if price lists or promotions are in force.

    Such a draft has its lines then, its gifts among them, or its refusal. The SKUs of the gifts.
    """
    asked = [draft for draft in drafts if _wants_quote(draft)]
    if not asked or not (await pricing.is_anything_in_force(tx) or any(draft.do.coupons for draft in asked)):
        return {}
    for draft in asked:
        draft.refusal = _check(draft, skus)
    await spending.offer_points(tx, asked, lock=True)
    asked = [draft for draft in asked if draft.refusal is None]
    orders_paid = await queries.count_paid(tx, {d.do.customer_id for d in asked if d.do.customer_id is not None})
    quotes = await pricing.price_baskets(tx, [_ask(draft, skus, orders_paid) for draft in asked])
    gifts = await catalog.get_skus(tx, {g.sku_id for q in quotes if isinstance(q, Quote) for g in q.gifts})
    for draft, quote in zip(asked, quotes, strict=True):
        if isinstance(quote, AppError):
            draft.refusal = quote
        else:
            draft.quote, draft.lines = quote, _lines(draft, quote, {**skus, **gifts})
    return gifts


async def preview(tx: Tx, draft: Draft, skus: Mapping[SkuId, Sku]) -> Quote:
    """What the draft would cost. Raises: CouponsNeedListPrices where goods have prices of their own, and the like."""
    if not _wants_quote(draft):
        raise draft.refusal or NothingToQuote()
    draft.refusal = _check(draft, skus)
    await spending.offer_points(tx, [draft], lock=False)
    if draft.refusal is not None:
        raise draft.refusal
    customer_id = draft.do.customer_id
    orders_paid = await queries.count_paid(tx, () if customer_id is None else (customer_id,))
    [quote] = await pricing.price_baskets(tx, [_ask(draft, skus, orders_paid)])
    if isinstance(quote, AppError):
        raise quote
    return quote


def _wants_quote(draft: Draft) -> bool:
    """Whether the draft goes by price lists; one with prices of its own is refused where it asks for coupons too."""
    own_prices = any(line.kind is LineKind.GOODS and line.unit_price is not None for line in draft.do.lines)
    if own_prices and (draft.do.coupons or any(line.add_on_of is not None for line in draft.do.lines)):
        draft.refusal = CouponsNeedListPrices()
    return not own_prices and any(line.kind is LineKind.GOODS for line in draft.do.lines)


def check_offers(draft: Draft) -> AppError | None:
    """The refusal where an offer that the draft was made for is not in its quote."""
    counted = {applied.promotion_id for applied in draft.quote.applied} if draft.quote is not None else set()
    for n, offer in draft.offers.items():
        if offer.promotion_id not in counted:
            return OfferNotUsable(sku_id=draft.do.lines[n - 1].sku_id)
    return None


def _check(draft: Draft, skus: Mapping[SkuId, Sku]) -> AppError | None:
    """Refuse what can't be priced, and price the charges, as they are given."""
    assert draft.shop is not None
    for n, line in enumerate(draft.do.lines, 1):
        if line.kind is LineKind.GOODS and line.sku_id is not None:
            sku = skus.get(line.sku_id)
            if sku is None or not sku.active:
                return SkuNotSellable(sku_id=line.sku_id)
        else:
            priced = rules.price_line(n, line, skus, draft.shop.currency)
            if isinstance(priced, AppError):
                return priced
    return None


def _ask(draft: Draft, skus: Mapping[SkuId, Sku], orders_paid: Mapping[CustomerId, int]) -> QuoteAsk:
    assert draft.shop is not None
    assert draft.warehouse_id is not None
    do, receiver = draft.do, draft.do.receiver
    region = (receiver.province, receiver.city, receiver.district) if receiver is not None else ()
    return QuoteAsk(
        shop=draft.shop,
        warehouse_id=draft.warehouse_id,
        at=draft.item.now,
        lines=tuple(
            BasketAskLine(
                key=n,
                sku=skus[line.sku_id],
                qty=line.qty,
                add_on_of=line.add_on_of,
                offer=draft.offers.get(n),
                place=None if (goods := draft.known.get(line.sku_id)) is None else goods.place,
            )
            for n, line in enumerate(do.lines, 1)
            if line.sku_id is not None
        ),
        customer_id=do.customer_id,
        orders_paid=0 if do.customer_id is None else orders_paid.get(do.customer_id, 0),
        freight_minor=sum(_charges(draft, LineKind.FREIGHT).values()),
        freight_of=None if draft.freight is None else partial(_freight, draft, skus),
        region=tuple(place for place in region if place),
        coupons=do.coupons,
        best_coupons=do.best_coupons,
        chosen_gifts=do.gifts,
        points=do.points,
        used_up=frozenset(draft.used_up),
        draw=_draw(draft, 0 if do.customer_id is None else orders_paid.get(do.customer_id, 0)),
    )


def _draw(draft: Draft, orders_paid: int) -> int:
    """The number that a gift is drawn by: of the shop, the customer and how many orders they have paid.

    So what a preview shows is what the order gets, and looking again, or canceling and ordering anew, draws nothing
    else. Without a customer it is of the goods and the receiver.
    """
    do = draft.do
    who: object = (do.customer_id, orders_paid)
    if do.customer_id is None:
        who = ([(line.sku_id, line.qty) for line in do.lines], do.receiver)
    digest = hashlib.sha256(msgspec.json.encode((do.shop_id, who))).digest()
    return int.from_bytes(digest[:DRAW_BYTES], "big")


def _charges(draft: Draft, *kinds: LineKind) -> dict[int, int]:
    """The amounts of these charges as given, by line."""
    assert draft.shop is not None
    priced = (
        (n, rules.price_line(n, line, {}, draft.shop.currency))
        for n, line in enumerate(draft.do.lines, 1)
        if line.kind in kinds
    )
    return {n: line.amount_minor for n, line in priced if isinstance(line, PricedLine)}


# --- the order's lines ---------------------------------------------------------------------------------------------


def _lines(draft: Draft, quote: Quote, skus: Mapping[SkuId, Sku]) -> list[PricedLine]:
    """The lines as they will stand on the order: those asked for, then the gifts."""
    quoted = {line.key: line for line in quote.lines}
    amounts = _charges(draft, LineKind.FREIGHT, LineKind.OTHER) | _freight_left(draft, quote)
    lines = []
    for n, line in enumerate(draft.do.lines, 1):
        if n in quoted:
            lines.append(_goods(line.title or skus[quoted[n].sku_id].name, quoted[n], quote))
        else:
            assert line.unit_price is not None
            lines.append(PricedLine(line.kind, None, line.title, line.qty, line.unit_price, amounts[n]))
    if draft.freight is not None:
        lines.append(_freight_line(draft, quote.totals.freight_minor - quote.totals.freight_off_minor))
    return [*lines, *(_gift(gift, skus[gift.sku_id], quote) for gift in quote.gifts)]


def _goods(title: str, line: QuotedLine, quote: Quote) -> PricedLine:
    on_top = 0 if quote.policy.tax_included else line.tax_minor
    price = Money(line.unit_list_minor, quote.currency).major()
    return PricedLine(LineKind.GOODS, line.sku_id, title, line.qty, price, line.paid_minor + on_top)


def _gift(gift: QuotedGift, sku: Sku, quote: Quote) -> PricedLine:
    return PricedLine(LineKind.GOODS, gift.sku_id, sku.name, gift.qty, Money(0, quote.currency).major(), 0)


def _freight_left(draft: Draft, quote: Quote) -> dict[int, int]:
    """What is left of each freight line when what promotions take off the freight is shared among them."""
    given = _charges(draft, LineKind.FREIGHT)
    off = quote.totals.freight_off_minor
    if not off or draft.freight is not None:
        return given
    shares = rules.split(off, list(given.values()))
    return {n: amount - share for (n, amount), share in zip(given.items(), shares, strict=True)}


# --- freight that is worked out when prices are known --------------------------------------------------------------

FREIGHT_TITLE: Final = "运费"


def add_freight(draft: Draft, skus: Mapping[SkuId, Sku]) -> AppError | None:
    """Give a draft at its own prices its line of freight; the refusal where its goods are not sent."""
    amounts = {n: line.amount_minor for n, line in enumerate(draft.lines, 1)}
    try:
        draft.lines.append(_freight_line(draft, _freight(draft, skus, amounts)))
    except AppError as refusal:
        return refusal
    return None


def _freight(draft: Draft, skus: Mapping[SkuId, Sku], amounts: Mapping[int, int]) -> int:
    """What sending the goods costs, whose lines come to these amounts. Raises: what refuses it."""
    assert draft.freight is not None
    loads = [
        Load(skus[line.sku_id], line.qty, amounts[n])
        for n, line in enumerate(draft.do.lines, 1)
        if line.sku_id is not None
    ]
    return draft.freight(loads).total_minor


def _freight_line(draft: Draft, amount_minor: int) -> PricedLine:
    assert draft.shop is not None
    price = Money(amount_minor, draft.shop.currency).major()
    return PricedLine(LineKind.FREIGHT, None, FREIGHT_TITLE, 1, price, amount_minor)


# --- what the quotes use up ----------------------------------------------------------------------------------------


def uses_limits(drafts: Sequence[Draft]) -> bool:
    """Whether any quote has promotions, so that limits may have to be kept."""
    return any(draft.quote is not None and draft.quote.applied for draft in drafts)


async def hold(tx: Tx, drafts: Sequence[Draft]) -> dict[OrderId, AppError]:
    """Keep the uses, pieces, budgets, coupons and points of these drafts' quotes; the drafts refused, with why."""
    holds = [
        QuoteHold(doc=draft.id, quote=draft.quote, customer_id=draft.do.customer_id, item=draft.item)
        for draft in drafts
        if draft.quote is not None and draft.refusal is None
    ]
    refused = {OrderId(doc): refusal for doc, refusal in (await pricing.hold_quotes(tx, holds)).items()}
    return refused or await spending.hold(tx, [draft for draft in drafts if draft.refusal is None])


async def settle_free(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Use up at once what orders keep that cost nothing: nobody will pay for them."""
    live = [draft for draft in drafts if draft.quote is not None and draft.refusal is None]
    free: dict[UUID, Item] = {d.id: d.item for d in live if not sum(line.amount_minor for line in d.lines)}
    if free:
        await pricing.settle(tx, free)
        await spending.settle(tx, {d.id: d.item for d in live if d.id in free and _points_of(d)})


def _points_of(draft: Draft) -> int:
    return 0 if draft.quote is None else draft.quote.totals.points


class Deposit(Struct, frozen=True):
    """What can be paid at once of an order, and when the balance can be paid."""

    amount_minor: int = 0
    since: datetime | None = None
    until: datetime | None = None


def deposit_of(quote: Quote | None) -> Deposit:
    """The deposit that a quote asks for; none for most."""
    if quote is None or not quote.totals.deposit_minor or quote.totals.balance_window is None:
        return Deposit()
    window = quote.totals.balance_window
    return Deposit(quote.totals.deposit_minor, window.start, window.end)


def tells(quote: Quote | None) -> bool:
    """Whether a quote says more than that each SKU cost its own price."""
    return quote is not None and bool(
        quote.applied or quote.gifts or any(line.price.list_id is not None for line in quote.lines)
    )
