"""How long customers stay signed in, what a code is, and where attempts are counted. Pure."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from shangmai.modules.identity.service import Bucket, Limit, place_of
from shangmai.modules.organization.contract import ShopId

IDLE: Final = timedelta(days=30)
ABSOLUTE: Final = timedelta(days=180)
"""People stay signed in at shops; what needs more proof asks for it (a payment its provider, a password a code)."""
SEEN_EVERY: Final = timedelta(hours=1)
KEPT_FOR: Final = timedelta(days=180)
"""How long an ended session stays on record."""
CODE_DIGITS: Final = 6
CODE_MINUTES: Final = 5
TRIES_MAX: Final = 5
"""How often one code may be guessed: with 6 digits, one in 200,000 gets in."""


def ends_at(last_seen_at: datetime, expires_at: datetime) -> datetime:
    """Give the moment a session ends by itself: too long unused, or too old."""
    return min(last_seen_at + IDLE, expires_at)


def should_note(last_seen_at: datetime, now: datetime) -> bool:
    """Tell whether to write that the session is in use."""
    return abs(now - last_seen_at) >= SEEN_EVERY


def new_code() -> str:
    """Make a code that people can type: six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def password_buckets(shop_id: ShopId, login: str, source: str) -> list[Bucket]:
    """Give where a wrong password counts: strictly for this customer at this address, loosely for the address.

    A carrier's customers share addresses, so many failures are free there. None is for the customer alone, which would
    let anyone keep them out; and a code to the phone is another way in.
    """
    place = place_of(source)
    return [Bucket(f"customer/{place}/{shop_id}/{login}", Limit(5, 5)), Bucket(f"customers/{place}", Limit(200, 5))]


def sending_buckets(phone: str, source: str) -> list[Bucket]:
    """Give where a code counts that is to be sent: each costs money and rings a phone, in whatever shop."""
    return [Bucket(f"code/{phone}", Limit(1, 60)), Bucket(f"codes/{place_of(source)}", Limit(30, 30))]


def own_password_bucket(customer_id: object) -> Bucket:
    """Give where a wrong password counts that a signed-in customer repeats."""
    return Bucket(f"own-customer/{customer_id}", Limit(5, 5))
