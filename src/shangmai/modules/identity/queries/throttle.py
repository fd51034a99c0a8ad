"""Failures by bucket. Buckets are stored as hashes: what is typed as a login name may be a password."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from shangmai.kernel.tx import Tx
from shangmai.modules.identity.rules.throttle import FORGOTTEN_AFTER, Bucket, Failures


async def lock(tx: Tx, buckets: Sequence[Bucket]) -> list[Failures]:
    """Hold the buckets until the transaction ends, made where missing, and give their failures in the order given.

    Old failures are forgotten here; one that lies in the future, because the clock was set back, counts as of now.
    """
    rows = await tx.fetch(
        "INSERT INTO login_throttles AS t (key, failures, last_at)"
        " SELECT key, 0, $2 FROM unnest($1::bytea[]) AS k (key) ORDER BY key"
        " ON CONFLICT (key) DO UPDATE SET failures = CASE WHEN t.last_at < $3 THEN 0 ELSE t.failures END,"
        " last_at = least(t.last_at, $2) RETURNING key, failures, last_at",
        [_key(bucket) for bucket in buckets],
        tx.now,
        tx.now - FORGOTTEN_AFTER,
    )
    by_key = {row["key"]: Failures(row["failures"], row["last_at"]) for row in rows}
    return [by_key[_key(bucket)] for bucket in buckets]


async def count(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Count a failure in each of the buckets."""
    await tx.execute(
        "UPDATE login_throttles SET failures = failures + 1, last_at = $2 WHERE key = ANY ($1::bytea[])",
        [_key(bucket) for bucket in buckets],
        tx.now,
    )


async def count_times(tx: Tx, times: Mapping[Bucket, int]) -> None:
    """Count so many failures in each of the buckets."""
    await tx.execute(
        "UPDATE login_throttles t SET failures = t.failures + n.times, last_at = $3"
        " FROM unnest($1::bytea[], $2::integer[]) AS n (key, times) WHERE t.key = n.key",
        [_key(bucket) for bucket in times],
        list(times.values()),
        tx.now,
    )


async def take_back(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Undo the counting of an attempt that was none."""
    await tx.execute(
        "UPDATE login_throttles SET failures = greatest(failures - 1, 0) WHERE key = ANY ($1::bytea[])",
        [_key(bucket) for bucket in buckets],
    )


async def clear(tx: Tx, buckets: Sequence[Bucket]) -> None:
    """Forget the failures in these buckets."""
    await tx.execute("DELETE FROM login_throttles WHERE key = ANY ($1::bytea[])", [_key(bucket) for bucket in buckets])


def _key(bucket: Bucket) -> bytes:
    return hashlib.sha256(bucket.name.encode()).digest()
