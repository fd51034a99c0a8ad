"""Choosing a carrier by what it asks and by how often it is late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from shangmai.kernel.money import Money
from shangmai.modules.logistics.contract.carriers import Carrier
from shangmai.modules.logistics.contract.choosing import CourierChoice, CourierOption
from shangmai.modules.logistics.contract.price_cards import Rate
from shangmai.modules.logistics.contract.watching import Lane
from shangmai.modules.logistics.rules.watching import SAMPLES_MIN

UNKNOWN_LATE_BP: Final = 1000
"""A carrier whose lane is not known is taken to be late one time in ten: neither favored nor shut out."""


def option(carrier: Carrier, rate: Rate | None, lane: Lane | None, weight_g: int, volume_cm3: int = 0) -> CourierOption:
    """What a carrier asks for a parcel of this weight and room, and how often it is late on this lane."""
    cost = None if rate is None else rate.price.cost_minor(weight_g, volume_cm3)
    is_known = lane is not None and lane.parcels >= SAMPLES_MIN
    late_bp = late_of(lane, rate.price.hours) if lane is not None and is_known and rate is not None else UNKNOWN_LATE_BP
    return CourierOption(
        carrier=carrier.code,
        name=carrier.name,
        name_en=carrier.name_en or carrier.name,
        cost_minor=cost,
        promised_h=None if rate is None else rate.price.hours,
        late_bp=late_bp,
        parcels=lane.parcels if lane is not None else 0,
        score_minor=None if cost is None else cost + -(-cost * late_bp // 10_000),
    )


def late_of(lane: Lane, hours: int) -> int:
    """How many of ten thousand of a lane's parcels took longer, to the next tenth: its deciles tell no more."""
    return 10_000 - 1_000 * sum(decile <= hours for decile in lane.deciles)


def choose(options: Iterable[CourierOption], currency: str) -> CourierChoice | None:
    """The lowest score, of two alike the quicker, then by code; carriers without a price come last."""
    ranked = sorted(options, key=_rank)
    if not ranked:
        return None
    return CourierChoice(
        carrier=ranked[0].carrier,
        options=tuple(ranked),
        currency=currency,
        zh=_why(ranked, currency, "zh-CN"),
        en=_why(ranked, currency, "en"),
    )


def _rank(each: CourierOption) -> tuple[bool, int, int, str]:
    return (each.score_minor is None, each.score_minor or 0, each.promised_h or 0, each.carrier)


def _why(ranked: Sequence[CourierOption], currency: str, lang: str) -> str:
    best, others = ranked[0], ranked[1:]
    said = [_told(best, currency, lang)]
    if others:
        than = "，优于 " if lang == "zh-CN" else ", before "
        said.append(than + _told(others[0], currency, lang))
    return "".join(said)


def _told(each: CourierOption, currency: str, lang: str) -> str:
    if lang == "zh-CN":
        if each.cost_minor is None:
            return f"{each.name}（无价卡）"
        known = f"{each.parcels} 件中约 {each.late_bp // 100}% 超时" if each.parcels >= SAMPLES_MIN else "历史不足"
        return f"{each.name} {Money(each.cost_minor, currency).format(lang)}、{each.promised_h} 小时、{known}"
    if each.cost_minor is None:
        return f"{each.name_en} (no price card)"
    known = (
        f"about {each.late_bp // 100}% of {each.parcels} parcels late"
        if each.parcels >= SAMPLES_MIN
        else "little history"
    )
    return f"{each.name_en} {Money(each.cost_minor, currency).format(lang)}, {each.promised_h} h, {known}"
