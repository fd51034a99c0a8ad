"""What sending costs: exact, in whole minor units.

Whatever the template, more units never cost less. Where first_minor ≥ next_minor × ⌈first / next⌉, one parcel never
costs more than the same goods in two: no rounding makes splitting cheaper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from shangmai.modules.catalog.contract import SkuKind
from shangmai.modules.logistics.contract.freight import (
    Basis,
    Combining,
    FreeWhen,
    FreightBill,
    FreightLine,
    FreightPart,
    FreightTemplate,
    FreightTemplateId,
    Load,
    NotDelivered,
    SaveFreightTemplate,
    Tariff,
    TwoRestZones,
    Zone,
    ZonesOverlap,
)
from shangmai.modules.logistics.rules.regions import directory, lineage


def check(do: SaveFreightTemplate) -> None:
    """Raises: RegionUnknown, ZonesOverlap, TwoRestZones."""
    if sum(not zone.regions for zone in do.zones) > 1:
        raise TwoRestZones()
    seen: set[str] = set()
    for code in (code for zone in do.zones for code in zone.regions):
        if code in seen:
            raise ZonesOverlap(region=code)
        seen.add(code)
    directory().check(seen | set(do.not_to))


def price(zone: Zone, basis: Basis, units: int) -> tuple[int, int]:
    """How many times the next units are begun, and what it comes to."""
    if basis is Basis.FIXED:
        return 0, zone.first_minor
    count = _begun(units - zone.first, zone.next)
    return count, zone.first_minor + count * zone.next_minor


def _begun(units: int, size: int) -> int:
    return -(-units // size) if units > 0 else 0


def zone_of(template: FreightTemplate, region: str) -> Zone | None:
    """The zone for a place: the nearest region that a zone names, else the rest; None where nothing is sent."""
    places = lineage(region)
    if not set(places).isdisjoint(template.not_to):
        return None
    for place in reversed(places):
        for zone in template.zones:
            if place in zone.regions:
                return zone
    return next((zone for zone in template.zones if not zone.regions), None)


def is_free(when: FreeWhen, lines: Sequence[FreightLine]) -> bool:
    amount = sum(line.amount_minor for line in lines)
    pieces = sum(line.qty for line in lines)
    weight = sum(line.qty * line.weight_g for line in lines)
    return (
        (when.amount_minor is None or amount >= when.amount_minor)
        and (when.pieces is None or pieces >= when.pieces)
        and (when.weight_max_g is None or weight <= when.weight_max_g)
    )


def bill(tariff: Tariff, region: str, loads: Sequence[Load]) -> FreightBill:
    """What an order's goods cost to send to a region; services are not sent. Raises: NotDelivered."""
    groups = _groups(tariff, [_line(load) for load in loads if load.sku.kind is not SkuKind.SERVICE])
    names = {load.sku.product_id: load.sku.name for load in loads}
    zones = {id_: zone_of(tariff.templates[id_], region) for id_ in groups}
    refused = [line for id_, zone in zones.items() if zone is None for line in groups[id_]]
    if refused:
        place = directory().path(region)
        raise NotDelivered(
            region=f"{place.province}{place.city if place.city != place.province else ''}{place.district}",
            products=", ".join(sorted({names[line.product_id] for line in refused})),
            product_ids=sorted({str(line.product_id) for line in refused}),
        )
    parts = [_part(tariff, tariff.templates[id_], zone, groups[id_]) for id_, zone in zones.items() if zone is not None]
    return _combined(tariff.combining, parts)


def _line(load: Load) -> FreightLine:
    return FreightLine(load.sku.product_id, load.qty, load.sku.weight_g, load.amount_minor)


def _groups(tariff: Tariff, lines: Iterable[FreightLine]) -> Mapping[FreightTemplateId, list[FreightLine]]:
    groups: dict[FreightTemplateId, list[FreightLine]] = {}
    for line in lines:
        id_ = tariff.by_product.get(line.product_id, tariff.default)
        if id_ is not None:
            groups.setdefault(id_, []).append(line)
    return groups


def _part(tariff: Tariff, template: FreightTemplate, zone: Zone, lines: Sequence[FreightLine]) -> FreightPart:
    units = _units(tariff, template.basis, lines)
    count, amount = price(zone, template.basis, units)
    free = next((when for when in zone.free if is_free(when, lines)), None)
    return FreightPart(
        template_id=template.id,
        code=template.code,
        name=template.name,
        name_en=template.name_en,
        basis=template.basis,
        units=units,
        first=zone.first,
        first_minor=zone.first_minor,
        next=zone.next,
        next_count=count,
        next_minor=zone.next_minor,
        amount_minor=0 if free is not None else amount,
        free=free,
    )


def _units(tariff: Tariff, basis: Basis, lines: Sequence[FreightLine]) -> int:
    match basis:
        case Basis.WEIGHT:
            return sum(line.qty * line.weight_g for line in lines)
        case Basis.VOLUME:
            return sum(line.qty * tariff.volumes.get(line.product_id, 0) for line in lines)
        case _:
            return sum(line.qty for line in lines)


def _combined(combining: Combining, parts: Sequence[FreightPart]) -> FreightBill:
    if combining is Combining.FIRST and len(parts) > 1:
        parts = _with_one_first(parts)
    amounts = [part.amount_minor for part in parts]
    total = max(amounts, default=0) if combining is Combining.MAX else sum(amounts)
    return FreightBill(total_minor=total, combining=combining, parts=tuple(parts))


def _with_one_first(parts: Sequence[FreightPart]) -> list[FreightPart]:
    """The parts with the dearest first unit once; the others pay next units for all they have, if that is less."""
    paid = [part for part in parts if part.free is None]
    lead = max(paid, key=lambda part: (part.first_minor, part.amount_minor), default=None)
    return [part if part is lead or part.free is not None else _beside(part) for part in parts]


def _beside(part: FreightPart) -> FreightPart:
    if part.basis is Basis.FIXED:
        return replace(part, first_minor=0, amount_minor=0)
    count = _begun(part.units, part.next)
    amount = count * part.next_minor
    return replace(part, first_minor=0, next_count=count, amount_minor=amount) if amount < part.amount_minor else part
