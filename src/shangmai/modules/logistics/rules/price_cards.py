"""Which of a company's price cards counts between two places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import asdict

from shangmai.modules.logistics.contract.freight import TwoRestZones, ZonesOverlap
from shangmai.modules.logistics.contract.price_cards import CardZone, CarrierCard, PriceCard, Rate, SaveCarrierCard
from shangmai.modules.logistics.rules.regions import directory, lineage


def check(do: SaveCarrierCard) -> None:
    """Raises: RegionUnknown, ZonesOverlap, TwoRestZones."""
    if sum(not zone.regions for zone in do.zones) > 1:
        raise TwoRestZones()
    seen: set[str] = set()
    for code in (code for zone in do.zones for code in zone.regions):
        if code in seen:
            raise ZonesOverlap(region=code)
        seen.add(code)
    directory().check(seen | set(do.origins))


def rate_of(cards: Iterable[CarrierCard], origin: str, to: str, weight_g: int, volume_cm3: int = 0) -> Rate | None:
    """Give the cheapest rate for a parcel of this weight and room, of two alike the quicker; None: nobody sends it."""
    from_here = set(lineage(origin))
    found = [
        (zone.cost_minor(weight_g, volume_cm3), zone.hours, card.code, zone)
        for card in cards
        if card.active and (not card.origins or from_here & set(card.origins))
        if (zone := zone_of(card.zones, to)) is not None
    ]
    if not found:
        return None
    _, _, code, zone = min(found, key=lambda each: each[:3])
    return Rate(card=code, price=_price(zone))


def zone_of(zones: Sequence[CardZone], to: str) -> CardZone | None:
    """The zone that names the nearest region around a place, else the one for the rest."""
    by_region = {code: zone for zone in zones for code in zone.regions}
    named = next((by_region[code] for code in reversed(lineage(to)) if code in by_region), None)
    return named or next((zone for zone in zones if not zone.regions), None)


def _price(zone: CardZone) -> PriceCard:
    return PriceCard(**{name: value for name, value in asdict(zone).items() if name != "regions"})
