"""Which price list sets the price of one piece: pure, the same answer for the same lists, context and rates.

The most particular list wins: one of the customer before the member level's, the shop's, the channel's, the base one.
Then: the higher priority, the currency asked for before a converted one, the SKU before its product before its
category before that one's parents, the larger quantity break, the later begin, the earlier code, the earlier entry.
Where no entry applies, the SKU's own price does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.clock import CLOCKS_APART
from shangmai.kernel.errors import AppError
from shangmai.kernel.money import MINOR_MAX, decimals_of, round_ratio
from shangmai.modules.catalog.contract import CategoryId, ProductId, SkuId
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.floors import FloorUnfit
from shangmai.modules.pricing.contract.price_lists import (
    Considered,
    CreatePriceList,
    ListForWhom,
    ListKind,
    OneTarget,
    PeriodEmpty,
    PriceEntry,
    PriceList,
    PriceOrPercent,
    RemoveListPrice,
    SetListPrice,
    Target,
    UnitPrice,
    Verdict,
)

KINDS: Final = tuple(ListKind)


class PriceContext(Struct, frozen=True, kw_only=True):
    """Who buys, where and when. `customer_lists` are the lists that the customer is assigned to."""

    currency: str
    at: datetime
    channel: str
    shop_id: ShopId
    level: str = ""
    customer_id: CustomerId | None = None
    customer_lists: frozenset[UUID] = frozenset()


class PricedSku(Struct, frozen=True, kw_only=True):
    """What is bought: its place in the catalog (categories from the root to the leaf) and its own price."""

    sku_id: SkuId
    product_id: ProductId
    category_ids: tuple[CategoryId, ...]
    own_minor: int
    own_currency: str


Rates = Mapping[tuple[str, str], Decimal]
"""Units of the second currency for one of the first, on the day."""


class _Candidate(Struct, frozen=True):
    entry: PriceEntry
    of: PriceList
    unit_minor: int | None
    original_minor: int
    rate: Decimal | None
    rank: tuple[int, int, int, int, int, float]


def is_before(at: datetime, entry: PriceEntry) -> bool:
    """Whether a change is of a time before an entry was set, and not merely one that waited for it."""
    return at < entry.set_at - CLOCKS_APART


def find_price(
    context: PriceContext,
    sku: PricedSku,
    qty: int,
    lists: Mapping[UUID, PriceList],
    entries: Collection[PriceEntry],
    rates: Rates,
) -> UnitPrice | None:
    """The price of a piece when `qty` are bought; None when none can be told in the currency for want of a rate.

    `entries` may be of other SKUs, lists and times too.
    """
    candidates = [
        _candidate(context, sku, entry, lists[entry.list_id], rates)
        for entry in entries
        if entry.list_id in lists and applies(context, sku, qty, entry, lists[entry.list_id])
    ]
    candidates.sort(key=lambda c: (c.unit_minor is None, *(-each for each in c.rank), c.of.code, c.entry.id))
    if not candidates or candidates[0].unit_minor is None:
        return _own_price(context, sku, candidates, rates)
    best = candidates[0]
    return UnitPrice(
        sku_id=sku.sku_id,
        unit_minor=best.unit_minor if best.unit_minor is not None else 0,
        currency=context.currency,
        list_id=best.of.id,
        list_code=best.of.code,
        entry_id=best.entry.id,
        percent_bp=best.entry.percent_bp,
        original_minor=best.original_minor,
        original_currency=sku.own_currency if best.entry.price_minor is None else best.of.currency,
        rate=best.rate,
        floor_minor=_floor(best, context, rates),
        considered=tuple(_considered(each, best) for each in candidates),
    )


def _floor(best: _Candidate, context: PriceContext, rates: Rates) -> int | None:
    """The floor of the entry chosen. Where its list's currency has no rate, it has none: nothing else can be said."""
    if best.entry.floor_minor is None:
        return None
    converted = convert(best.entry.floor_minor, best.of.currency, context.currency, rates)
    return None if converted is None else converted[0]


def applies(context: PriceContext, sku: PricedSku, qty: int, entry: PriceEntry, of: PriceList) -> bool:
    """Whether an entry speaks about this SKU, quantity, buyer and time."""
    return (
        _names(sku, entry)
        and entry.min_qty <= qty
        and entry.set_at <= context.at
        and (entry.ended_at is None or context.at < entry.ended_at)
        and (entry.valid_from is None or entry.valid_from <= context.at)
        and (entry.valid_to is None or context.at < entry.valid_to)
        and of.created_at <= context.at
        and (of.closed_at is None or context.at < of.closed_at)
        and _is_for(context, of)
    )


def _names(sku: PricedSku, entry: PriceEntry) -> bool:
    if entry.target is Target.SKU:
        return entry.target_id == sku.sku_id
    if entry.target is Target.PRODUCT:
        return entry.target_id == sku.product_id
    return entry.target_id in sku.category_ids


def _is_for(context: PriceContext, of: PriceList) -> bool:
    if of.kind is ListKind.BASE:
        return True
    if of.kind is ListKind.CHANNEL:
        return of.channel == context.channel
    if of.kind is ListKind.SHOP:
        return of.shop_id == context.shop_id
    if of.kind is ListKind.LEVEL:
        return bool(context.level) and of.level == context.level
    return of.id in context.customer_lists


def _candidate(context: PriceContext, sku: PricedSku, entry: PriceEntry, of: PriceList, rates: Rates) -> _Candidate:
    if entry.price_minor is not None:
        original, currency = entry.price_minor, of.currency
    else:
        assert entry.percent_bp is not None
        original, currency = round_ratio(sku.own_minor * entry.percent_bp, 10_000), sku.own_currency
    converted = convert(original, currency, context.currency, rates)
    rank = (
        KINDS.index(of.kind),
        of.priority,
        int(currency == context.currency),
        _depth(sku, entry),
        entry.min_qty,
        -1.0 if entry.valid_from is None else entry.valid_from.timestamp(),
    )
    unit, rate = converted if converted is not None else (None, None)
    return _Candidate(entry, of, unit, original, rate, rank)


def _depth(sku: PricedSku, entry: PriceEntry) -> int:
    """How particular the target is: the categories from the root down, the product, the SKU."""
    deepest = len(sku.category_ids)
    if entry.target is Target.CATEGORY:
        return sku.category_ids.index(CategoryId(entry.target_id))
    return deepest + (entry.target is Target.SKU)


REASONS: Final = (
    Verdict.LESS_PARTICULAR_LIST,
    Verdict.LOWER_PRIORITY,
    Verdict.OTHER_CURRENCY,
    Verdict.BROADER_TARGET,
    Verdict.SMALLER_BREAK,
    Verdict.OLDER_PERIOD,
)
"""What it means to be lower at each place of a rank."""


def _considered(each: _Candidate, best: _Candidate | None) -> Considered:
    return Considered(
        list_code=each.of.code,
        list_kind=each.of.kind,
        entry_id=each.entry.id,
        target=each.entry.target,
        min_qty=each.entry.min_qty,
        unit_minor=each.unit_minor,
        verdict=_verdict(each, best),
    )


def _verdict(each: _Candidate, best: _Candidate | None) -> Verdict:
    if each is best:
        return Verdict.CHOSEN
    if each.unit_minor is None or best is None:
        return Verdict.NO_RATE
    lower = (reason for reason, mine, its in zip(REASONS, each.rank, best.rank, strict=True) if mine != its)
    return next(lower, Verdict.LATER_CODE)


def _own_price(
    context: PriceContext, sku: PricedSku, without_rate: Sequence[_Candidate], rates: Rates
) -> UnitPrice | None:
    converted = convert(sku.own_minor, sku.own_currency, context.currency, rates)
    if converted is None:
        return None
    return UnitPrice(
        sku_id=sku.sku_id,
        unit_minor=converted[0],
        currency=context.currency,
        original_minor=sku.own_minor,
        original_currency=sku.own_currency,
        rate=converted[1],
        considered=tuple(_considered(each, None) for each in without_rate),
    )


def convert(minor: int, currency: str, wanted: str, rates: Rates) -> tuple[int, Decimal | None] | None:
    """An amount in another currency and the rate used, rounded once; None without a rate either way.

    A rate from the wanted currency is used as its reciprocal when there is none to it.
    """
    if currency == wanted:
        return minor, None
    rate, back = rates.get((currency, wanted)), rates.get((wanted, currency))
    if rate is not None:
        up, down = rate.as_integer_ratio()
    elif back is not None:
        down, up = back.as_integer_ratio()
    else:
        return None
    digits = decimals_of(wanted) - decimals_of(currency)
    if digits >= 0:
        up *= 10**digits
    else:
        down *= 10**-digits
    return round_ratio(minor * up, down), back if rate is None else rate


def describe(price: UnitPrice) -> str:
    """What set a price, in signs that need no language: `sku ≥10 88% @7.1234 USD`. The SKU's own price: nothing."""
    parts = []
    if price.considered and price.considered[0].verdict is Verdict.CHOSEN:
        chosen = price.considered[0]
        parts.append(chosen.target.value)
        if chosen.min_qty > 1:
            parts.append(f"≥{chosen.min_qty}")
    if price.percent_bp is not None:
        parts.append(f"{price.percent_bp // 100}.{price.percent_bp % 100:02d}%")
    if price.rate is not None:
        parts.append(f"@{price.rate} {price.original_currency}")
    return " ".join(parts)


# --- what may be written -------------------------------------------------------------------------------------------


def check_list(do: CreatePriceList) -> AppError | None:
    """The refusal of a list whose kind and whom it names do not fit."""
    decimals_of(do.currency)
    given = {name for name in ("channel", "shop_id", "level") if getattr(do, name) is not None}
    needed = {ListKind.CHANNEL: "channel", ListKind.SHOP: "shop_id", ListKind.LEVEL: "level"}.get(do.kind)
    if given != ({needed} if needed else set()):
        return ListForWhom(kind=do.kind.value, needed=needed or "–")
    return None


def target_of(do: SetListPrice | RemoveListPrice) -> tuple[Target, UUID] | None:
    """What an input names; None when it is not exactly one thing."""
    named = ((Target.SKU, do.sku_id), (Target.PRODUCT, do.product_id), (Target.CATEGORY, do.category_id))
    given = [(target, UUID(int=id_.int)) for target, id_ in named if id_ is not None]
    return given[0] if len(given) == 1 else None


def check_entry(do: SetListPrice) -> AppError | None:
    """The refusal of an entry that can't be, whatever exists."""
    if target_of(do) is None:
        return OneTarget()
    by_price = do.price_minor is not None
    if by_price == (do.percent_bp is not None) or (by_price and do.category_id is not None):
        return PriceOrPercent()
    if do.floor_minor is not None and (do.category_id is not None or do.floor_minor > (do.price_minor or MINOR_MAX)):
        return FloorUnfit()
    if do.valid_to is not None and do.valid_from is not None and do.valid_to <= do.valid_from:
        return PeriodEmpty(valid_to=do.valid_to.isoformat())
    return None
