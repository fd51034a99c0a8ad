"""How the sample company's parcels went: what their carrier scanned, so that they need no explanation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

Act = Callable[..., Awaitable[Any]]
"""Runs an action: key, name, input, how many days ago."""

CARRIER: Final = "SF"
HUB: Final = "杭州中转场"
ARRIVED: Final = (
    ("picked_up", 4, "已揽收", "杭州市"),
    ("in_transit", 20, "快件已发往目的地", HUB),
    ("out_for_delivery", 42, "正在派送", ""),
    ("signed", 47, "已签收", ""),
)
"""Of a parcel that is there: what was scanned how many hours after it left."""
ON_THE_WAY: Final = (
    ("picked_up", 76, "已揽收", "杭州市"),
    ("in_transit", 50, "快件已发往目的地", HUB),
    ("in_transit", 6, "到达目的地中转场", ""),
)
"""Of one that is still under way: how many hours before the company began to be shown."""


async def carry(
    act: Act, key: str, parcel: dict[str, Any], left_at: datetime, began_at: datetime, *, is_there: bool
) -> None:
    """Have a parcel followed that left at this time, and tell its scans. It is what `logistics.follow_parcel` takes."""
    ways = ARRIVED if is_there else ON_THE_WAY
    since = [left_at + timedelta(hours=h) if is_there else began_at - timedelta(hours=h) for _, h, _, _ in ways]
    scans = [
        {"at": at.isoformat(), "kind": kind, "text": text, "place": place}
        for at, (kind, _, text, place) in zip(since, ways, strict=True)
    ]
    days_ago = [(began_at - at) / timedelta(days=1) for at in (left_at, since[-1])]
    await act(f"{key}:follow", "logistics.follow_parcel", {"carrier": CARRIER, **parcel}, days_ago[0])
    told = {"carrier": CARRIER, "waybill": parcel["waybill"], "scans": scans, "source": "demo"}
    await act(f"{key}:scans", "logistics.record_scans", told, days_ago[1])


def parcel_of(shipment: Any, waybill: str, company_id: UUID, warehouse_id: UUID, region: str) -> dict[str, Any]:
    """A shipment's parcel, as the handler that follows shipments names it, whichever of the two comes first."""
    return {
        "doc": shipment.unit_id or shipment.id,
        "number": shipment.number,
        "company_id": company_id,
        "warehouse_id": warehouse_id,
        "waybill": waybill,
        "to_region": region,
    }
