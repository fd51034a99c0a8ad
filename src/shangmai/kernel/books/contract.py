"""What can be asked of a book, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.tx import Item

Key = tuple[Any, ...]
"""An account's key: one value for each of the book's key columns, in their order."""


Share = Callable[[int], int]
"""An amount that depends on what the debit account has posted when the op's turn comes, such as a cost share."""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Move `amount` from the debit account to the credit account now; a share of zero moves nothing.

    Ops that share a `group` are all or none; they must stand next to each other in the list. None stands alone.
    """

    debit: Key
    credit: Key
    amount: int | Share
    doc: UUID
    line: int = 0
    item: Item
    group: object = None


Most = Callable[[int, int], int]
"""The most that may be held, given what is available of the account and what the allotment's own holds keep."""


class Allotment(msgspec.Struct, frozen=True):
    """How far a hold may go where an account is divided: at most `most`, and from these holds of the account first.

    What it takes from a hold is released from that and held anew, in one step. Holds that are spent give nothing.
    """

    most: Most
    holds: tuple[UUID, ...] = ()


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Set `amount` of the debit account aside for the credit account, until settled, released or expired.

    With an `allotment`, not all that is available may be had, and what other holds keep may be.
    """

    id: UUID
    debit: Key
    credit: Key
    amount: int
    doc: UUID
    line: int = 0
    item: Item
    group: object = None
    expires_at: datetime | None = None
    allotment: Allotment | None = None


class Settle(msgspec.Struct, frozen=True, kw_only=True):
    """Carry out a hold, in full or for a part; what is left of it stays held."""

    hold_id: UUID
    amount: int | None = None
    item: Item
    group: object = None


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Give back what a hold still keeps, in full or for a part; `expired` says that its time ran out."""

    hold_id: UUID
    amount: int | None = None
    item: Item
    group: object = None
    expired: bool = False


Op = Post | Hold | Settle | Release


class Moved(msgspec.Struct, frozen=True):
    """An op that was carried out: how much moved, and of a bounded debit account what it had posted before."""

    amount: int
    posted_before: int = 0


class Short(Conflict):
    """Only {available} of {wanted} is available in {book} account {account}."""

    zh = "{book} 账户 {account} 可用 {available}，不足 {wanted}。"


class HoldNotFound(NotFound):
    """There is no hold {hold_id} in {book}."""

    zh = "{book} 没有占用 {hold_id}。"


class HoldSpent(Conflict):
    """Hold {hold_id} in {book} keeps {remaining} only, {wanted} was asked for; it may have been settled already."""

    zh = "{book} 的占用 {hold_id} 只剩 {remaining}，不足 {wanted}，可能已经结算或释放。"


class LinkedItemRefused(Conflict):
    """Nothing moved, because another line of the same request was refused."""

    zh = "同一请求的另一行被拒绝，因此整单未变动。"


class Divergence(msgspec.Struct, frozen=True):
    """A balance that does not equal its transfers: which account or hold, what it says, what the transfers say."""

    book: str
    what: str
    id: str
    kept: int
    transfers: int
