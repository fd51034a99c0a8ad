"""Counting attempts at guessing, for whatever can be guessed; modules above let customers sign in by it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import UserId
from shangmai.modules.identity.queries import throttle, users
from shangmai.modules.identity.rules.throttle import Bucket, Failures, wait_s


async def count_attempt(tx: Tx, buckets: Sequence[Bucket]) -> int:
    """Count an attempt in its buckets before it is tried: 0. Or, uncounted, give the seconds to wait first."""
    failures = await throttle.lock(tx, buckets)
    wait = max(wait_s(bucket.limit, counted, tx.now) for bucket, counted in zip(buckets, failures, strict=True))
    if not wait:
        await throttle.count(tx, buckets)
    return wait


async def count_guesses(tx: Tx, guesses: Sequence[tuple[Bucket, int]]) -> list[int]:
    """Count how often each guess of a batch was wrong, in its bucket: 0. Or, uncounted, the seconds it waits first.

    The callers know the answers already and tell them only to those who need not wait. The buckets are held until the
    commit, in one order, so that guesses at the same time wait for each other.
    """
    buckets = {bucket.name: bucket for bucket, _ in guesses}
    held = dict(zip(buckets, await throttle.lock(tx, list(buckets.values())), strict=True)) if buckets else {}
    waits, wrong = [], Counter[str]()
    for bucket, times in guesses:
        counted = held[bucket.name]
        wait = wait_s(bucket.limit, counted, tx.now)
        waits.append(wait)
        if times and not wait:
            held[bucket.name] = Failures(counted.count + times, tx.now)
            wrong[bucket.name] += times
    if wrong:
        await throttle.count_times(tx, {buckets[name]: times for name, times in wrong.items()})
    return waits


async def take_back(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Undo the counting of an attempt that was none."""
    await throttle.take_back(tx, buckets)


async def forgive(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Forget what was counted in these buckets."""
    await throttle.clear(tx, buckets)


async def forget_access(tx: Tx, whose: UUID) -> None:
    """Let every process forget, with the commit, what it knows of this one's access."""
    await users.tell_changed(tx, UserId(whose))
