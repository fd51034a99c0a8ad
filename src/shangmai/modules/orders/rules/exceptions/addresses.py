"""Exceptions of whom an order goes to, and where."""

from __future__ import annotations

import re
from typing import Final

from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import Load, NotDelivered, RegionUnknown
from shangmai.modules.orders.contract import CipherReceiver, Receiver
from shangmai.modules.orders.rules.exceptions.situation import Found, Limits, Need, Situation, detects, number, words

PHONE: Final = re.compile(
    r"(?:\+?86[- ]?)?1[3-9]\d{9}(?:-\d{1,6})?|(?:\+?86[- ]?)?0\d{2,3}[- ]?\d{7,8}(?:[-转]\d{1,6})?|\+(?!86)\d{7,15}"
)
"""A mobile or fixed number of China, or an international one."""


@detects("no_receiver", Need.RECEIVER)
def no_receiver(s: Situation, _: Limits) -> Found | None:
    return Found() if s.receiver is None else None


@detects("address_incomplete", Need.RECEIVER)
def incomplete(s: Situation, limits: Limits) -> Found | None:
    """Addresses abroad need no province, but a street all the same. What a channel keeps to itself is not looked at."""
    to = s.receiver
    if to is None:
        return None
    missing = [
        pair
        for pair, lacks in (
            (("省", "a province"), not to.province),
            (("市", "a city"), not to.city),
            (("详细地址", "a street"), not _is_kept(to) and len(to.street.strip()) < number(limits, "street_min")),
        )
        if lacks
    ]
    if not missing:
        return None
    return Found({"missing": ("、".join(zh for zh, _ in missing), ", ".join(en for _, en in missing))})


@detects("region_unknown", Need.RECEIVER)
def region_unknown(s: Situation, _: Limits) -> Found | None:
    to = s.receiver
    if to is None or not to.province or _region(to) is not None:
        return None
    return Found({"region": _place(to)})


@detects("outside_area", Need.RECEIVER, Need.TARIFF)
def outside_area(s: Situation, _: Limits) -> Found | None:
    to = s.receiver
    region = None if to is None else _region(to)
    if to is None or region is None or s.tariff is None:
        return None
    loads = [
        Load(s.skus[line.sku_id], line.qty, line.amount_minor)
        for line in s.goods
        if line.sku_id is not None and line.sku_id in s.skus
    ]
    try:
        logistics.freight(s.tariff, region, loads)
    except NotDelivered:
        return Found({"region": _place(to)}, {"reason": "不在配送范围"})
    return None


@detects("remote_region", Need.RECEIVER)
def remote_region(s: Situation, limits: Limits) -> Found | None:
    to = s.receiver
    if to is None or s.order.freight_minor or not to.province.startswith(words(limits, "provinces")):
        return None
    return Found({"region": to.province})


@detects("bad_phone", Need.RECEIVER)
def bad_phone(s: Situation, _: Limits) -> Found | None:
    """Masked numbers of channels (138****5678) are left to the channel; 13800138000-1234 is a number to be called."""
    to = s.receiver
    if to is None or _is_kept(to) or "*" in to.phone or PHONE.fullmatch(to.phone.strip()):
        return None
    return Found()


@detects("test_order", Need.RECEIVER, Need.AROUND)
def test_order(s: Situation, limits: Limits) -> Found | None:
    text = (s.seen.note + " " + (s.receiver.name if s.receiver else "")).lower()
    word = next((each for each in words(limits, "words") if each.lower() in text), None)
    return None if word is None else Found({"word": word}, {"reason": "测试单"})


def _is_kept(to: Receiver) -> bool:
    return isinstance(to, CipherReceiver) and bool(to.cipher)


def _region(to: Receiver) -> str | None:
    try:
        return logistics.resolve_region(to.province, to.city, to.district).code
    except RegionUnknown:
        return None


def _place(to: Receiver) -> str:
    return " ".join(part for part in (to.province, to.city, to.district) if part)
