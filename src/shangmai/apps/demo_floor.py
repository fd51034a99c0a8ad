"""The floor of the sample company's warehouse: zones, bins, lots, what lies where, and what counts have shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

Act = Callable[..., Awaitable[Any]]
"""Runs an action: key, name, input, how many days ago."""

ZONES: Final = [("A", "拣货区", "ambient"), ("C", "冷藏区", "chilled"), ("S", "收发区", "ambient")]
AISLES, BAYS, BAY_MM = "ABCDEF", 5, 1200
PICK_MAX: Final = 60
"""So many pieces lie in a pick bin; the rest of a SKU in the reserve bin above it."""
PLACES: Final = [
    ("IN-1", "S", "receive"),
    ("IN-2", "S", "receive"),
    ("OUT-1", "S", "stage"),
    ("OUT-2", "S", "stage"),
    ("Q-1", "S", "quarantine"),
    ("COLD-1", "C", "pick"),
]
TEAS: Final = ("TEA-001", "TEA-002", "TEA-003", "TEA-004", "TEA-005", "TEA-006", "TEA-007")
KEEPS: Final = {"required": True, "keep_days": 540, "sell_days_min": 60}
CARTONS: Final = [
    {"code": "S3", "length_mm": 290, "width_mm": 170, "height_mm": 190, "own_g": 180, "goods_max_g": 5_000},
    {"code": "M2", "length_mm": 400, "width_mm": 300, "height_mm": 250, "own_g": 420, "goods_max_g": 12_000},
    {"code": "L1", "length_mm": 530, "width_mm": 380, "height_mm": 360, "own_g": 760, "goods_max_g": 20_000},
]
# days ago, what was found less than the book had (by SKU), which SKUs' pick bins were counted
COUNTS: Final[list[tuple[int, dict[str, int], list[str]]]] = [
    (18, {"GIFT-01": 2, "TEA-007": 1}, ["TEA-006", "TEA-007", "GIFT-01", "CUP-002"]),
    (14, {"ACC-001": 1}, ["TEA-001", "TEA-003", "ACC-001", "POT-002"]),
    (10, {}, ["TEA-002", "TEA-004", "TEA-005", "POT-001", "ACC-002"]),
]


class Lying(NamedTuple):
    """So many pieces of a SKU and lot in a bin."""

    bin: str
    code: str
    lot: str
    qty: int


def bins() -> list[dict[str, Any]]:
    """Six aisles of ten bins, to pick from below and in reserve above, and the places of goods on their way."""
    shelves = [
        {
            "code": f"{aisle}-{bay:02}-{level}",
            "zone": "A",
            "kind": "pick" if level == 1 else "reserve",
            "aisle": n,
            "bay": bay,
            "level": level,
            "offset_mm": bay * BAY_MM,
            "weight_max_g": 300_000,
        }
        for n, aisle in enumerate(AISLES)
        for bay in range(1, BAYS + 1)
        for level in (1, 2)
    ]
    return shelves + [{"code": code, "zone": zone, "kind": kind} for code, zone, kind in PLACES]


def lying(goods: Sequence[tuple[str, int]]) -> list[Lying]:
    """Where the pieces of each SKU lie: one bay for each, aisle by aisle."""
    found = []
    for n, (code, qty) in enumerate(goods):
        bay, lot = f"{AISLES[n % len(AISLES)]}-{n // len(AISLES) + 1:02}", "L1" if code in TEAS else ""
        found.append(Lying(f"{bay}-1", code, lot, min(qty, PICK_MAX)))
        if qty > PICK_MAX:
            found.append(Lying(f"{bay}-2", code, lot, qty - PICK_MAX))
    return found


async def make_places(act: Act, company_id: UUID, warehouse_id: UUID, skus: Mapping[str, UUID], start: date) -> None:
    """Zones, bins and lots: what may be made whatever has happened in the warehouse."""
    for code, name, temperature in ZONES:
        zone = {"warehouse_id": warehouse_id, "code": code, "name": name, "temperature": temperature}
        await act(f"zone:{code}", "warehouse.save_zone", zone)
    await act("bins", "warehouse.save_bins", {"warehouse_id": warehouse_id, "bins": bins()})
    for n, code in enumerate(TEAS):
        tea = {"company_id": company_id, "sku_id": skus[code]}
        await act(f"lot_rule:{code}", "warehouse.set_lot_rule", {**tea, "rule": KEEPS})
        made_on = (start - timedelta(days=30 + 10 * n)).isoformat()
        await act(f"lot:{code}", "warehouse.save_lot", {**tea, "lot": "L1", "made_on": made_on})


async def fill(act: Act, warehouse_id: UUID, skus: Mapping[str, UUID], goods: Sequence[tuple[str, int]]) -> None:
    """Put away what has arrived, and count some of it three times."""
    there = lying(goods)
    lines = [
        {"sku_id": skus[each.code], "qty": each.qty, "bin": each.bin, "lot": each.lot, "bucket": "sellable"}
        for each in there
    ]
    await act("put_away", "warehouse.put_away", {"warehouse_id": warehouse_id, "lines": lines}, days_ago=19.5)
    for days_ago, missing, codes in COUNTS:
        counted = [each for each in there if each.code in codes and each.bin.endswith("-1")]
        await _count(act, warehouse_id, skus, counted, missing, days_ago)


async def _count(
    act: Act,
    warehouse_id: UUID,
    skus: Mapping[str, UUID],
    counted: Sequence[Lying],
    missing: Mapping[str, int],
    days_ago: int,
) -> None:
    opened = {"warehouse_id": warehouse_id, "bins": [each.bin for each in counted]}
    count = await act(f"count:{days_ago}", "warehouse.open_count", opened, days_ago=days_ago + 0.2)
    for each in counted:
        found = {"sku_id": skus[each.code], "qty": each.qty - missing.get(each.code, 0), "lot": each.lot}
        given = {"count_id": count.id, "bin": each.bin, "found": [found]}
        await act(f"count:{days_ago}:{each.bin}", "warehouse.count_bin", given, days_ago=days_ago + 0.1)
    await act(f"count:{days_ago}:approve", "warehouse.approve_count", {"count_id": count.id}, days_ago=days_ago)


async def begin(act: Act, warehouse_id: UUID) -> None:
    """Let the floor work: what is released to it from now on is asked for there, and goes into waves by itself."""
    await act("cartons", "warehouse.save_cartons", {"warehouse_id": warehouse_id, "cartons": CARTONS})
    policy = {"on": True, "waves": {"auto": True}}
    await act("floor_policy", "warehouse.set_floor_policy", {"warehouse_id": warehouse_id, "policy": policy})


async def announce(act: Act, warehouse_id: UUID, skus: Mapping[str, UUID]) -> None:
    """Tell what is to arrive next."""
    lines = [
        {"sku_id": skus["TEA-004"], "qty": 100, "cost_minor": 1_260_000},
        {"sku_id": skus["SET-101"], "qty": 60, "cost_minor": 486_000},
    ]
    notice = {"warehouse_id": warehouse_id, "reference": "采购 PO-0004", "over_percent": 5, "lines": lines}
    await act("notice", "warehouse.notify_receipt", notice, days_ago=1)
