"""How long someone who guessed wrong must wait.

Each guess is counted in buckets before it is tried, so that many at once are counted too. The wait doubles with every
failure after the free ones, up to a limit; a day without one forgets them.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from msgspec import Struct

FORGOTTEN_AFTER: Final = timedelta(days=1)
WAIT_MAX_S: Final = 15 * 60


class Limit(Struct, frozen=True):
    """How many failures are free in a bucket, and the wait after the next one."""

    free: int
    first_s: int


class Bucket(Struct, frozen=True):
    """Failures that are counted together."""

    name: str
    limit: Limit


class Failures(Struct, frozen=True):
    count: int
    last_at: datetime


def buckets(login: str, source: str, device: str | None) -> list[Bucket]:
    """Give the buckets that an attempt to sign in counts in.

    A device that has signed in as this user before has a bucket of its own, which nobody else can fill. Everybody else
    shares those of their address: one for this user, which is strict, and one for all, which knows that an office may
    have one address. There is none for the user alone: it would let anyone lock them out.
    """
    if device is not None:
        return [Bucket(f"device/{device}/{login}", Limit(free=10, first_s=5))]
    place = place_of(source)
    return [Bucket(f"pair/{place}/{login}", Limit(free=5, first_s=5)), Bucket(f"source/{place}", Limit(50, 5))]


def second_factor_bucket(user: str, device: str | None) -> Bucket:
    """Give the bucket of wrong TOTP codes. Whoever fills it knows the password, so it is for all addresses together.

    Its owner still gets in from a device known before, or with a recovery code, which cannot be guessed.
    """
    return Bucket(f"totp/{user}/{device or ''}", Limit(free=5, first_s=5))


def own_password_bucket(user: str) -> Bucket:
    """Give the bucket of wrong passwords where a signed-in user has to repeat theirs."""
    return Bucket(f"own/{user}", Limit(free=5, first_s=5))


def wait_s(limit: Limit, failures: Failures, now: datetime) -> int:
    """Give the seconds left to wait, rounded up; a clock that was set back does not make it longer than a full wait."""
    if failures.count < limit.free:
        return 0
    doublings = min(failures.count - limit.free, 20)
    full = min(limit.first_s << doublings, WAIT_MAX_S)
    gone = max((now - failures.last_at).total_seconds(), 0)
    return max(math.ceil(full - gone), 0)


def place_of(source: str) -> str:
    """Give the address as it is counted: an IPv6 customer has a /64, of which every address is as good as another."""
    try:
        address: IPv4Address | IPv6Address = ip_address(source.partition("%")[0])
    except ValueError:
        return source[:64]
    if isinstance(address, IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(IPv6Address(address.packed[:8] + bytes(8)))
