"""Pure decisions on stock: account keys, costs, proportions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from shangmai.kernel.books.contract import Key, Share
from shangmai.kernel.money import round_ratio
from shangmai.modules.inventory.contract import COUNTED, NOBODY, Bucket


def key(sku_id: UUID, warehouse_id: UUID, bucket: Bucket, lot: str = "", owner_id: UUID = NOBODY) -> Key:
    """The account of pieces (and of their value) at a place."""
    return (sku_id, warehouse_id, bucket.value, lot, owner_id)


def elsewhere(account: Key, bucket: Bucket) -> Key:
    """The uncounted account that pieces of this account come from or go to."""
    assert bucket not in COUNTED
    return (account[0], account[1], bucket.value, "", account[4])


def is_counted(account: Key) -> bool:
    """Whether the account keeps a balance."""
    return account[2] in COUNTED


def cost_share(qty: int, on_hand_before: int) -> Share:
    """The cost of `qty` of the pieces on hand: their share of the account's value, half away from zero.

    The last pieces take what is left, so that no value stays without pieces (moving average, 移动加权平均).
    """
    assert 0 < qty <= on_hand_before, "pieces leave only where there are so many"

    def share(value_minor: int) -> int:
        return value_minor if qty == on_hand_before else round_ratio(value_minor * qty, on_hand_before)

    return share


def pieces_of(held: int, qty: int, left: int) -> int | None:
    """The pieces that go with `qty` of the `left` to be sent; None where what is held is no whole multiple of those."""
    assert 0 < qty <= left, "what goes is a part of what is left"
    pieces, rest = divmod(held * qty, left)
    return None if rest else pieces


def found_cost(qty: int, on_hand: int, value_minor: int) -> int:
    """What found pieces are valued at: as those beside them, nothing where there are none."""
    return round_ratio(value_minor * qty, on_hand) if on_hand > 0 else 0


def totals(amounts: Sequence[int]) -> tuple[int, int]:
    """Sum of the gains and sum of the losses, both positive."""
    return sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)
