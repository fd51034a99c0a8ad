"""What a parcel should cost, and why a carrier's bill says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from shangmai.modules.logistics.contract.billing import BillReason
from shangmai.modules.logistics.contract.parcels import Parcel, ParcelState
from shangmai.modules.logistics.contract.price_cards import CarrierCard, PriceCard
from shangmai.modules.logistics.rules.price_cards import rate_of

NOTHING_OWED: Final = frozenset({BillReason.UNKNOWN, BillReason.CANCELED, BillReason.DUPLICATE})


class Billed(Struct, frozen=True):
    """A line of a bill: minor units, grams, and the destination where the bill tells them."""

    amount_minor: int
    weight_g: int | None
    to_region: str | None


class Checked(Struct, frozen=True):
    """What it should be, by what weight, the difference (billed minus expected), and why."""

    expected_minor: int | None
    expected_g: int | None
    difference_minor: int
    reasons: tuple[BillReason, ...]


def check(billed: Billed, parcel: Parcel | None, cards: Sequence[CarrierCard], *, is_repeated: bool) -> Checked:
    """Compare a line with the price card, our weight and the parcel's room, and where it went.

    A light parcel is owed by its room, as the card says. Our weight stands where it was noted; else the billed one is
    taken, and said to be unproven. A line that is less than expected is told as such, without a reason to dispute.
    """
    reason = _owes_nothing(parcel, is_repeated=is_repeated)
    if reason is not None or parcel is None:
        return Checked(0, None, billed.amount_minor, () if reason is None else (reason,))
    weight = parcel.weight_g or billed.weight_g
    price = None if weight is None else _rate(cards, parcel, parcel.to_region, weight)
    if price is None or weight is None:
        return Checked(None, weight, 0, (BillReason.NO_WEIGHT if weight is None else BillReason.NO_CARD,))
    charged = price.charged_g(weight, parcel.volume_cm3)
    expected = price.cost_minor(weight, parcel.volume_cm3)
    difference = billed.amount_minor - expected
    return Checked(expected, charged, difference, _why(billed, parcel, cards, difference, charged))


def _owes_nothing(parcel: Parcel | None, *, is_repeated: bool) -> BillReason | None:
    if parcel is None:
        return BillReason.UNKNOWN
    if parcel.state is ParcelState.CANCELED:
        return BillReason.CANCELED
    return BillReason.DUPLICATE if is_repeated else None


def _why(
    billed: Billed, parcel: Parcel, cards: Sequence[CarrierCard], difference: int, charged_g: int
) -> tuple[BillReason, ...]:
    """What explains a difference: weight and zone one by one, and the price for what these two leave unexplained."""
    if difference == 0:
        return ()
    reasons = []
    if not parcel.weight_g:
        reasons.append(BillReason.NO_WEIGHT)
    elif billed.weight_g is not None and billed.weight_g > charged_g and difference > 0:
        reasons.append(BillReason.WEIGHT)
    if billed.to_region is not None and difference > 0 and _other_zone(billed, parcel, cards):
        reasons.append(BillReason.ZONE)
    as_billed = _price(cards, parcel, billed.to_region or parcel.to_region, billed.weight_g or charged_g)
    if as_billed != billed.amount_minor or not set(reasons) - {BillReason.NO_WEIGHT}:
        reasons.append(BillReason.PRICE)
    return tuple(reasons)


def _other_zone(billed: Billed, parcel: Parcel, cards: Sequence[CarrierCard]) -> bool:
    weight = parcel.weight_g or billed.weight_g or 0
    return _price(cards, parcel, billed.to_region, weight) != _price(cards, parcel, parcel.to_region, weight)


def _price(cards: Sequence[CarrierCard], parcel: Parcel, to: str | None, weight_g: int) -> int | None:
    """What so many grams to there cost, as they are: a billed weight counts the parcel's room already."""
    price = _rate(cards, parcel, to, weight_g)
    return None if price is None else price.cost_minor(weight_g)


def _rate(cards: Sequence[CarrierCard], parcel: Parcel, to: str | None, weight_g: int) -> PriceCard | None:
    if parcel.from_region is None or to is None:
        return None
    rate = rate_of(cards, parcel.from_region, to, weight_g, parcel.volume_cm3)
    return None if rate is None else rate.price
