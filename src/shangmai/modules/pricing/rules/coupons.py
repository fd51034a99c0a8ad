"""Pure decisions on coupons: codes, times, what became of one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from shangmai.modules.identity.service import Bucket, Limit, place_of
from shangmai.modules.pricing.contract.coupons import (
    BatchKind,
    BatchTermsUnfit,
    CouponBatch,
    CouponStatus,
    CreateCouponBatch,
)

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without letters and digits that are taken for each other when read or said: 0 O, 1 I L, U V."""
CODE_LENGTH: Final = 16
"""30¹⁶ codes, 78 bits: a million of them among all are hit by one guess in 4·10¹⁷."""

_NO_CODE = re.compile(r"[^0-9A-Z]")
_MISREAD: Final = str.maketrans("U", "V")


def guess_bucket(customer_id: object | None, source: str) -> Bucket:
    """Where wrong codes count: for a customer who is signed in theirs alone, so that nobody else can fill it.

    Guests share that of their address, which many people may have: it lets more pass, and they can sign in.
    """
    if customer_id is not None:
        return Bucket(f"coupon/customer/{customer_id}", Limit(free=10, first_s=10))
    return Bucket(f"coupon/guest/{place_of(source)}", Limit(free=40, first_s=10))


def make_code(pick: Callable[[str], str]) -> str:
    """A code in groups of four: `7KQM-…`; `pick` chooses one of the letters given."""
    letters = "".join(pick(ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(letters[n : n + 4] for n in range(0, CODE_LENGTH, 4))


def plain(code: str) -> str:
    """A code as it is compared: capitals without blanks and dashes, U read as V."""
    return _NO_CODE.sub("", code.upper()).translate(_MISREAD)


def code_hash(code: str) -> bytes:
    """What a code is found by. It is unguessable itself, so it needs neither salt nor key."""
    return hashlib.sha256(plain(code).encode()).digest()


def check_batch(do: CreateCouponBatch) -> BatchTermsUnfit | None:
    """The refusal of times or codes that do not fit together."""
    periods = ((do.valid_from, do.valid_to), (do.open_from, do.open_to))
    backwards = any(start is not None and end is not None and end <= start for start, end in periods)
    both = do.valid_days is not None and (do.valid_from is not None or do.valid_to is not None)
    if backwards or both or (do.kind is BatchKind.SHARED) != (do.shared_code is not None):
        return BatchTermsUnfit()
    return None


def is_open(batch: CouponBatch, at: datetime) -> bool:
    """Whether coupons of the batch are handed out then."""
    return (
        batch.closed_at is None
        and (batch.open_from is None or batch.open_from <= at)
        and (batch.open_to is None or at < batch.open_to)
        and (batch.valid_to is None or at < batch.valid_to)
    )


def is_for_shoppers(batch: CouponBatch) -> bool:
    """Whether shoppers may take of it themselves: only where it says how many each may have."""
    return batch.kind is BatchKind.WALLET and batch.per_buyer is not None


def validity(batch: CouponBatch, at: datetime) -> tuple[datetime, datetime | None]:
    """From when until when a coupon is valid that is handed out then."""
    if batch.valid_days is not None:
        return at, at + timedelta(days=batch.valid_days)
    return batch.valid_from or at, batch.valid_to


def status_of(
    *, valid_from: datetime, valid_to: datetime | None, voided: bool, used: int, held: int, at: datetime
) -> CouponStatus:
    """What became of a coupon by then; one that an order uses or keeps is not called expired."""
    if voided:
        return CouponStatus.VOIDED
    if used:
        return CouponStatus.USED
    if held:
        return CouponStatus.KEPT
    if at < valid_from:
        return CouponStatus.NOT_YET
    if valid_to is not None and at >= valid_to:
        return CouponStatus.EXPIRED
    return CouponStatus.USABLE
