"""Slowing down who guesses coupon codes, without letting one keep others from theirs."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.pricing.contract.coupons import CodesNotPreviewed, CouponCodesThrottled
from shangmai.modules.pricing.queries import coupons as queries
from shangmai.modules.pricing.rules import coupons as rules

GUESTS = frozenset({"guest", "anonymous"})


class Guess(Struct, frozen=True):
    """Codes that somebody typed in, and who they are to be used for."""

    codes: tuple[str, ...]
    buyer_id: CustomerId | None
    item: Item


async def guard_codes(tx: Tx, guesses: Mapping[int, Guess]) -> dict[int, AppError]:
    """Count the wrong codes of a batch, and refuse those who must wait first, by their place.

    Of customers and guests only; no statement where nobody types a code. A preview would undo the counting, so codes
    are not tried in one. Refusals: CouponCodesThrottled, CodesNotPreviewed.
    """
    typed = {n: each for n, each in guesses.items() if each.codes and _is_counted(each.item)}
    if not typed:
        return {}
    if tx.dry_run:
        return {n: CodesNotPreviewed() for n in typed}
    wrong = await _wrong(tx, typed)
    counted = [
        (rules.guess_bucket(members.find_customer_of(each.item.actor), each.item.source), wrong[n])
        for n, each in typed.items()
    ]
    waits = await identity.count_guesses(tx, counted)
    return {n: CouponCodesThrottled(retry_after_s=wait) for n, wait in zip(typed, waits, strict=True) if wait}


def _is_counted(item: Item) -> bool:
    return item.actor.kind in GUESTS or members.find_customer_of(item.actor) is not None


async def _wrong(tx: Tx, typed: Mapping[int, Guess]) -> dict[int, int]:
    """How many codes of each are none, or another's."""
    codes = {code for each in typed.values() for code in each.codes}
    shared = await queries.shared(tx, {rules.plain(code) for code in codes})
    own = await queries.by_hash(tx, {rules.code_hash(code) for code in codes}, tx.now)

    def is_wrong(code: str, buyer_id: CustomerId | None) -> bool:
        if rules.plain(code) in shared:
            return False
        coupon = own.get(rules.code_hash(code))
        return coupon is None or coupon.customer_id not in (None, buyer_id)

    return {n: sum(is_wrong(code, each.buyer_id) for code in each.codes) for n, each in typed.items()}
