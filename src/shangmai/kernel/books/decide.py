"""Deciding a list of ops over locked balances: pure, first come, first served, all or none within a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from shangmai.kernel.books.contract import (
    Allotment,
    Hold,
    HoldNotFound,
    HoldSpent,
    Key,
    LinkedItemRefused,
    Moved,
    Op,
    Post,
    Release,
    Settle,
    Short,
)
from shangmai.kernel.errors import AppError

Outcome = Moved | AppError


class Account:
    """A locked account while a batch is decided; `posted` and `held` are the running balance."""

    __slots__ = ("bounded", "floor", "held", "held_before", "id", "key", "posted", "posted_before")

    def __init__(self, id_: int, key: Key, bounded: bool, floor: int, posted: int, held: int) -> None:
        self.id, self.key, self.bounded, self.floor = id_, key, bounded, floor
        self.posted = self.posted_before = posted
        self.held = self.held_before = held


Sides = tuple[Account, Account]
"""Debit and credit."""


class HeldAmount:
    """A locked hold while a batch is decided."""

    __slots__ = ("credit", "debit", "doc", "id", "line", "remaining", "remaining_before")

    def __init__(self, id_: UUID, debit: Account, credit: Account, remaining: int, doc: UUID, line: int) -> None:
        self.id, self.debit, self.credit, self.doc, self.line = id_, debit, credit, doc, line
        self.remaining = self.remaining_before = remaining


# One row of the transfers table: at, kind, debit_id, credit_id, amount, hold_id, doc, line, cause.
TransferRow = tuple[datetime, str, int, int, int, UUID | None, UUID, int, UUID]
# One row of the holds table, and of its transfer: id, debit_id, credit_id, amount, doc, line, expires_at, at, cause.
HoldRow = tuple[UUID, int, int, int, UUID, int, datetime | None, datetime, UUID]


class Decision:
    """The outcome of a batch: one answer an op, the transfers to write, the new holds."""

    def __init__(
        self, book: str, accounts: Mapping[int, Account], holds: Mapping[UUID, HeldAmount], *, physical: bool = False
    ) -> None:
        self.book = book
        self.physical = physical
        self.accounts = accounts
        self.holds = holds
        self.outcomes: list[Outcome] = []
        self.transfers: list[TransferRow] = []
        self.new_holds: list[HoldRow] = []
        self._drawn: dict[UUID, list[Release]] = {}

    def decide(self, ops: Sequence[Op], sides: Sequence[Sides | None]) -> None:
        """Answer every op in order. Neighbours of one group move together or not at all.

        `sides` are the accounts of each post and hold; what ends a hold has none, for the hold says which.
        """
        start = 0
        while start < len(ops):
            end = _group_end(ops, start)
            if end - start == 1:
                self.outcomes.append(self._apply(ops[start], sides[start]))
            else:
                self._apply_all_or_none(ops[start:end], sides[start:end])
            start = end

    def _apply_all_or_none(self, ops: Sequence[Op], sides: Sequence[Sides | None]) -> None:
        transfers, new_holds = len(self.transfers), len(self.new_holds)
        done: list[Outcome] = []
        for op, side in zip(ops, sides, strict=True):
            outcome = self._apply(op, side)
            done.append(outcome)
            if isinstance(outcome, AppError):
                self._undo(ops, sides, done[:-1])
                del self.transfers[transfers:], self.new_holds[new_holds:]
                self.outcomes += [outcome if each is op else LinkedItemRefused() for each in ops]
                return
        self.outcomes += done

    def _undo(self, ops: Sequence[Op], sides: Sequence[Sides | None], outcomes: Sequence[Outcome]) -> None:
        for op, side, outcome in reversed(list(zip(ops, sides, outcomes, strict=False))):
            assert isinstance(outcome, Moved)
            self._move(op, side, -outcome.amount)
            for release in self._drawn.pop(op.id, ()) if isinstance(op, Hold) else ():
                assert release.amount is not None, "a part of a hold was drawn"
                self._move(release, None, -release.amount)

    def _apply(self, op: Op, sides: Sides | None) -> Outcome:
        if isinstance(op, (Post, Hold)):
            assert sides is not None
            return self._take(op, sides)
        return self._finish(op)

    def _take(self, op: Post | Hold, sides: Sides) -> Outcome:
        debit, credit = sides
        amount = op.amount if isinstance(op.amount, int) else op.amount(debit.posted)
        posted_before = debit.posted
        if amount == 0 and not isinstance(op.amount, int):
            return Moved(0, posted_before)
        assert amount > 0, f"{self.book}: a transfer moves a positive amount, not {amount}"
        available = debit.posted - debit.held - debit.floor
        if self.physical and isinstance(op, Post):
            available = min(available, debit.posted)
        if isinstance(op, Hold) and op.allotment is not None:
            available = self._allotted(op.allotment, debit, max(available, 0))
        if debit.bounded and amount > available:
            return self._short(debit, amount, available)
        item = op.item
        if isinstance(op, Hold):
            if op.allotment is not None:
                self._draw(op, self._own(op.allotment, debit), amount)
            kind, hold_id = "hold", op.id
            self.new_holds.append(
                (op.id, debit.id, credit.id, amount, op.doc, op.line, op.expires_at, item.now, item.cause)
            )
        else:
            kind, hold_id = "post", None
        self._move(op, sides, amount)
        self.transfers.append((item.now, kind, debit.id, credit.id, amount, hold_id, op.doc, op.line, item.cause))
        return Moved(amount, posted_before)

    def _allotted(self, allotment: Allotment, debit: Account, available: int) -> int:
        """How much a hold may take in all: of what is available, and of its allotment's own holds."""
        kept = sum(hold.remaining for hold in self._own(allotment, debit))
        return min(available + kept, allotment.most(available, kept))

    def _own(self, allotment: Allotment, debit: Account) -> Iterator[HeldAmount]:
        """The holds that an allotment has on this account."""
        for id_ in allotment.holds:
            hold = self.holds.get(id_)
            if hold is not None and hold.debit.id == debit.id:
                yield hold

    def _draw(self, op: Hold, own: Iterable[HeldAmount], amount: int) -> None:
        """Take what a hold needs from these holds, as far as they go."""
        for hold in own:
            part = min(amount, hold.remaining)
            if part:
                release = Release(hold_id=hold.id, amount=part, item=op.item)
                outcome = self._finish(release)
                assert isinstance(outcome, Moved), "no more is drawn than is kept"
                self._drawn.setdefault(op.id, []).append(release)
                amount -= part

    def _finish(self, op: Settle | Release) -> Outcome:
        hold = self.holds.get(op.hold_id)
        if hold is None:
            return HoldNotFound(book=self.book, hold_id=op.hold_id)
        amount = hold.remaining if op.amount is None else op.amount
        if amount <= 0 or amount > hold.remaining:
            return HoldSpent(book=self.book, hold_id=op.hold_id, remaining=hold.remaining, wanted=amount)
        posted_before = hold.debit.posted
        if self.physical and isinstance(op, Settle) and hold.debit.bounded and amount > posted_before:
            return self._short(hold.debit, amount, posted_before)
        self._move(op, None, amount)
        kind = "settle" if isinstance(op, Settle) else "expire" if op.expired else "release"
        self.transfers.append(
            (op.item.now, kind, hold.debit.id, hold.credit.id, amount, hold.id, hold.doc, hold.line, op.item.cause)
        )
        return Moved(amount, posted_before)

    def _short(self, account: Account, wanted: int, available: int) -> Short:
        return Short(book=self.book, account=_spelled(account.key), wanted=wanted, available=max(available, 0))

    def _move(self, op: Op, sides: Sides | None, moved: int) -> None:
        """Change the running balances by an op, or back with a negative amount. Unbounded accounts keep none."""
        if sides is not None:
            debit, credit = sides
            if isinstance(op, Hold):
                _add(debit, held=moved)
            else:
                _add(debit, posted=-moved)
                _add(credit, posted=moved)
            return
        assert isinstance(op, (Settle, Release))
        hold = self.holds[op.hold_id]
        hold.remaining -= moved
        _add(hold.debit, held=-moved)
        if isinstance(op, Settle):
            _add(hold.debit, posted=-moved)
            _add(hold.credit, posted=moved)


def _group_end(ops: Sequence[Op], start: int) -> int:
    group, end = ops[start].group, start + 1
    while group is not None and end < len(ops) and ops[end].group == group:
        end += 1
    return end


def _add(account: Account, *, posted: int = 0, held: int = 0) -> None:
    if account.bounded:
        account.posted += posted
        account.held += held


def _spelled(key: Key) -> str:
    return "/".join(str(part) for part in key)
