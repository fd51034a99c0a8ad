"""Series of waybill numbers, and where a parcel goes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shangmai.modules.logistics.contract.carriers import AddWaybills, Carrier, NotANumberSeries
from shangmai.modules.logistics.contract.parcels import ParcelReceiver
from shangmai.modules.logistics.contract.regions import RegionUnknown
from shangmai.modules.logistics.rules.regions import resolve


def numbers_of(do: AddWaybills) -> list[str]:
    """Every number that is to be added, each once, in the order given. Raises: NotANumberSeries."""
    series = series_from(do.first, do.count) if do.first is not None else []
    return list(dict.fromkeys([*do.numbers, *series]))


def series_from(first: str, count: int) -> list[str]:
    """Numbers that follow each other: the digits at the end count up and keep their length. Raises: NotANumberSeries.

    No carrier of China publishes a rule for check digits of its numbers, so none is worked out.
    """
    found = re.fullmatch(r"(.*?)(\d+)", first)
    if found is None or len(str(int(found[2]) + count - 1)) > len(found[2]):
        raise NotANumberSeries(first=first, count=count)
    head, digits = found[1], found[2]
    return [f"{head}{n:0{len(digits)}}" for n in range(int(digits), int(digits) + count)]


def region_to(receiver: ParcelReceiver) -> str | None:
    """The code of where a receiver lives, as deep as the names that are known; None where the province is unknown."""
    if receiver.region_code is not None:
        return receiver.region_code
    names = [receiver.province, receiver.city, receiver.district]
    for depth in (3, 2, 1):
        try:
            return resolve(*names[:depth]).code
        except RegionUnknown:
            continue
    return None


def carrier_called(carriers: Iterable[Carrier], name: str) -> str | None:
    """The code of the carrier that is meant: by its code, a name of it, or how its Chinese name begins (顺丰, 中通)."""
    said = name.strip().casefold()
    if not said:
        return None
    every = list(carriers)
    for fits in (
        lambda each: said in (each.code.casefold(), each.name.casefold(), each.name_en.casefold(), each.kuaidi100),
        lambda each: len(said) > 1 and each.name.casefold().startswith(said),
    ):
        found = {each.code for each in every if fits(each)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None
