"""Counting attempts at guessing, for whatever can be guessed; modules above let customers sign in by it too."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import UserId
from shangmai.modules.identity.queries import throttle, users
from shangmai.modules.identity.rules.throttle import Bucket, wait_s


async def count_attempt(tx: Tx, buckets: Sequence[Bucket]) -> int:
    """Count an attempt in its buckets before it is tried: 0. Or, uncounted, give the seconds to wait first."""
    failures = await throttle.lock(tx, buckets)
    wait = max(wait_s(bucket.limit, counted, tx.now) for bucket, counted in zip(buckets, failures, strict=True))
    if not wait:
        await throttle.count(tx, buckets)
    return wait


async def take_back(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Undo the counting of an attempt that was none."""
    await throttle.take_back(tx, buckets)


async def forgive(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Forget what was counted in these buckets."""
    await throttle.clear(tx, buckets)


async def forget_access(tx: Tx, whose: UUID) -> None:
    """Let every process forget, with the commit, what it knows of this one's access."""
    await users.tell_changed(tx, UserId(whose))
