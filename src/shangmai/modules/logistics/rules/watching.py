"""What is wrong with a parcel, by what is known of it and of its lane."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.modules.logistics.contract.parcels import Parcel, ParcelState
from shangmai.modules.logistics.contract.watching import AnomalyCause, PickupFrom, WatchPolicy

SAMPLES_MIN: Final = 20
"""A lane that fewer parcels are known of says nothing yet."""
ON_ITS_WAY: Final = frozenset({ParcelState.PICKED_UP, ParcelState.IN_TRANSIT, ParcelState.OUT_FOR_DELIVERY})
BY_STATE: Final = {
    ParcelState.RETURNING: AnomalyCause.RETURNING,
    ParcelState.RETURNED: AnomalyCause.RETURNED,
    ParcelState.LOST: AnomalyCause.LOST,
}
BY_HAND: Final = frozenset({AnomalyCause.NOT_RECEIVED})
"""Somebody says so, so nothing that is scanned ends it."""


class Facts(Struct, frozen=True, kw_only=True):
    """A parcel and when things happened to it.

    `from_floor`: a warehouse's floor says when it is packed and handed over; until then its carrier can't have it.
    `transit_h`: what nine in ten of its lane take, if that is known. `received`: whoever waited for it has got it,
    whatever its carrier has scanned.
    """

    parcel: Parcel
    since: datetime | None
    picked_up_at: datetime | None
    last_scan_at: datetime | None
    trouble: bool
    transit_h: int | None
    received: bool = False
    from_floor: bool = False
    packed_at: datetime | None = None
    handed_at: datetime | None = None


def found(facts: Facts, policy: WatchPolicy, now: datetime) -> dict[AnomalyCause, datetime]:
    """What is wrong at this moment, and since when: the moment that began it, which names this case of it."""
    state, wrong = facts.parcel.state, dict[AnomalyCause, datetime]()
    is_waited_for = not facts.received
    ready = ready_since(facts, policy.pickup_from)
    if is_waited_for and state is ParcelState.BOOKED and ready is not None and _is_over(ready, policy.pickup_h, now):
        wrong[AnomalyCause.NOT_PICKED_UP] = ready
    if is_waited_for and state in ON_ITS_WAY:
        wrong |= _on_its_way(facts, policy, now)
    if state in BY_STATE and facts.since is not None:
        wrong[BY_STATE[state]] = facts.since
    return wrong


def ready_since(facts: Facts, start: PickupFrom) -> datetime | None:
    """Since when a carrier could have picked a parcel up; None while its warehouse has not come so far.

    Of what no floor works on nobody says when it is packed: it counts from when it was sent, else from its booking.
    """
    booked = facts.parcel.booked_at
    if start is PickupFrom.BOOKED:
        return booked
    if start is PickupFrom.PACKED and facts.packed_at is not None:
        return facts.packed_at
    return facts.handed_at or (None if facts.from_floor else booked)


def _on_its_way(facts: Facts, policy: WatchPolicy, now: datetime) -> dict[AnomalyCause, datetime]:
    wrong: dict[AnomalyCause, datetime] = {}
    last, picked_up = facts.last_scan_at, facts.picked_up_at
    if last is not None and _is_over(last, policy.stuck_h, now):
        wrong[AnomalyCause.STUCK] = last
    if last is not None and facts.trouble:
        wrong[AnomalyCause.TROUBLE] = last
    if picked_up is not None and _is_over(picked_up, facts.transit_h or policy.transit_h, now):
        wrong[AnomalyCause.LATE] = picked_up
    return wrong


def _is_over(since: datetime | None, hours: int, now: datetime) -> bool:
    return since is not None and since + timedelta(hours=hours) <= now
