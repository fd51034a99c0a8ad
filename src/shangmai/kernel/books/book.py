"""A book: lock what a batch touches, decide in pure code, write everything at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import LockNotAvailableError, Record

from shangmai.kernel.books.contract import Divergence, Hold, Key, Op, Post, Release, Settle
from shangmai.kernel.books.decide import Account, Decision, HeldAmount, Outcome, Sides
from shangmai.kernel.books.statements import Statements
from shangmai.kernel.db.behind import Write
from shangmai.kernel.tx import Tx

PLENTY: Final = 100
"""Where a hold leaves less than this in an account, the account is locked and looked at first.

So who comes first is served first down to the last piece: a presumption can only be wrong where another process has
taken so much meanwhile.
"""
SPARE: Final = 1000
"""So many ids of accounts are drawn ahead; those that are left when the process ends are lost."""
REMEMBERED_MAX: Final = 200_000
BOOKS: Final[dict[str, Book]] = {}
NO_KEYS: Final[Mapping[Key, int]] = {}


class Book:
    """An append-only list of transfers between accounts of typed keys, with holds and floors.

    `bounded(key)` says whether an account keeps a balance with a floor; the others (customers, suppliers,
    adjustments) keep none, so that no two transactions ever wait for them. In a `physical` book a floor below zero
    lets more be held than is there (virtual stock), but nothing is settled that is not there.
    """

    def __init__(
        self, name: str, key: Mapping[str, str], *, bounded: Callable[[Key], bool], physical: bool = False
    ) -> None:
        self.name = name
        self.physical = physical
        self.key = dict(key)
        self.bounded = bounded
        self._sql = Statements(name, self.key)
        assert name not in BOOKS, f"two books are called {name}"
        BOOKS[name] = self

    async def apply(
        self, tx: Tx, ops: Sequence[Op], new: Collection[Key] = (), *, presume: bool = False
    ) -> list[Outcome]:
        """Carry out the ops, first come, first served; one answer each, `Moved` or the refusal.

        Locks, in this order: the holds named, then the bounded accounts touched, each by id; also where a transaction
        calls several times (`kernel/db/ahead.py`). What is decided is written
        behind: with the transaction's other writes, before anything else is read. `new`: accounts of documents that
        this transaction has made. Most likely there are none yet, and then they are made without being looked for:
        with all else that is written, where it may presume that (`kernel/db/presuming.py`).
        """
        if not ops:
            return []
        holds = await self._lock_holds(tx, ops)
        keys = [key for op in ops if isinstance(op, (Post, Hold)) for key in (op.debit, op.credit)]
        unmade = await self._presume_new(tx, new) if new and tx.presumes else {}
        ours = unmade or (await self._make_new(tx, new) if new else {})
        early = () if tx.locked.get(f"{self.name}_accounts") else self._needed(tx, f"{self.name}_keys")
        ids = await self._ids(tx, [*keys, *early], {account.key: id_ for id_, account in ours.items()})
        ids = ids[: len(keys)]
        named = dict(zip(ids, keys, strict=True))
        presumed = self._presumed(tx, ops, ids, named) if presume and not (holds or ours) else None
        accounts = presumed or await self._lock_accounts(tx, named, holds, ours)
        decision = Decision(self.name, accounts, _held_amounts(holds, accounts), physical=self.physical)
        decision.decide(ops, _sides(ops, map(accounts.__getitem__, ids)))
        self._room(tx).update((id_, a.posted - a.held - a.floor) for id_, a in accounts.items() if a.bounded)
        if unmade:
            await self._make_late(tx, unmade.values())
        if decision.transfers:
            await self._write(tx, decision, self._sql.change if presumed is None else self._sql.change_presumed)
        return decision.outcomes

    def _room(self, tx: Tx) -> dict[int, int]:
        """What was available in each account when this process last decided about it."""
        room: dict[int, int] = tx.memory.setdefault(("room", self.name), {})
        if len(room) > REMEMBERED_MAX:
            room.clear()
        return room

    def _presumed(
        self, tx: Tx, ops: Sequence[Op], ids: Sequence[int], named: Mapping[int, Key]
    ) -> dict[int, Account] | None:
        """The accounts as this process remembers them, if there is plenty in each; None where to lock is to know."""
        locked = f"{self.name}_accounts"
        if tx.locked.get(locked) or not tx.presumes:
            return None
        wanted: dict[int, int] = {}
        for op, debit in zip(ops, ids[::2], strict=True):
            if not isinstance(op, Hold) or op.allotment is not None:
                return None
            wanted[debit] = wanted.get(debit, 0) + op.amount
        room = self._room(tx)
        bounded = {id_ for id_, key in named.items() if self.bounded(key)}
        if any(room.get(id_, 0) - wanted.get(id_, 0) < PLENTY for id_ in bounded):
            return None
        tx.presumed = True
        tx.locked[locked] = set(bounded)
        return {id_: Account(id_, key, id_ in bounded, 0, room.get(id_, 0), 0) for id_, key in named.items()}

    async def post(self, tx: Tx, posts: Sequence[Post], new: Collection[Key] = ()) -> list[Outcome]:
        """Move amounts now."""
        return await self.apply(tx, posts, new)

    async def hold(self, tx: Tx, holds: Sequence[Hold], *, presume: bool = False) -> list[Outcome]:
        """Set amounts aside; with `presume` without locks where there is plenty (`kernel/db/presuming.py`).

        What an account had posted before is then not known: `posted_before` is what this process thinks is available.
        """
        return await self.apply(tx, holds, presume=presume)

    async def settle(self, tx: Tx, settles: Sequence[Settle]) -> list[Outcome]:
        """Carry out holds, in full or in part."""
        return await self.apply(tx, settles)

    async def release(self, tx: Tx, releases: Sequence[Release]) -> list[Outcome]:
        """Give back holds, in full or in part."""
        return await self.apply(tx, releases)

    async def expire(self, tx: Tx, now: datetime, limit: int = 1000) -> list[Record]:
        """Release the holds whose time has run out at `now`; the holds (id, doc, line, remaining) that were."""
        due = await tx.fetch(self._sql.due, now, limit)
        ops = [Release(hold_id=row["id"], item=tx.items[0], expired=True) for row in due]
        await self.apply(tx, ops)
        return due

    async def set_floors(self, tx: Tx, floors: Mapping[Key, int]) -> None:
        """Set how far each account may go down; refused by the CHECK when it stands below already."""
        keys = list(floors)
        ids = await self._ids(tx, keys)
        await self._lock(tx, set(ids), dict(zip(ids, keys, strict=True)))
        await tx.execute(self._sql.floors, ids, list(floors.values()))

    async def open_holds(self, tx: Tx, docs: Iterable[UUID]) -> list[Record]:
        """What is still held for these documents: id, doc, line, remaining."""
        return await tx.fetch(self._sql.open_holds, list(docs))

    async def balances(self, tx: Tx, keys: Sequence[Key]) -> list[tuple[int, int, int]]:
        """Posted, held and floor of bounded accounts, without locking; zeros where there is no account."""
        rows = await tx.fetch(self._sql.read, *_columns(keys, len(self.key)))
        found = {tuple(row[column] for column in self.key): row for row in rows}
        return [(r["posted"], r["held"], r["floor"]) if (r := found.get(key)) else (0, 0, 0) for key in keys]

    async def prove(self, tx: Tx) -> list[Divergence]:
        """Re-add all transfers and compare them with every balance and hold; empty when the book is sound."""
        rows = await tx.fetch(self._sql.prove)
        return [Divergence(self.name, row["what"], row["id"], row["kept"], row["transfers"]) for row in rows]

    async def _lock_holds(self, tx: Tx, ops: Sequence[Op]) -> list[Record]:
        ids = {op.hold_id for op in ops if isinstance(op, (Settle, Release))}
        ids |= {id_ for op in ops if isinstance(op, Hold) and op.allotment for id_ in op.allotment.holds}
        holds, accounts = f"{self.name}_holds", f"{self.name}_accounts"
        if not tx.locked.get(accounts):
            ids |= self._needed(tx, holds)
        is_late = bool(tx.locked.get(accounts)) or _is_late(tx, holds, ids)
        return await self._lock_in_turn(tx, holds, ids, self._sql.lock_holds, is_late=is_late) if ids else []

    async def _lock_accounts(
        self, tx: Tx, named: Mapping[int, Key], holds: Sequence[Record], ours: Mapping[int, Account]
    ) -> dict[int, Account]:
        """The accounts named and those of the holds, by id; the bounded ones are locked, unless nobody else sees them.

        `ours`: accounts that this call has made.
        """
        by_hold = {row[side] for row in holds for side in ("debit_id", "credit_id")}
        bounded = {id_ for id_, key in named.items() if id_ not in ours and self.bounded(key)}
        accounts = {**ours, **await self._lock(tx, bounded | by_hold, named)}
        if bounded - accounts.keys():
            self._forget(tx, bounded - accounts.keys())
        for id_ in (named.keys() | by_hold) - accounts.keys():
            accounts[id_] = Account(id_, named.get(id_, (f"#{id_}",)), False, 0, 0, 0)
        return accounts

    async def _make_new(self, tx: Tx, keys: Collection[Key]) -> dict[int, Account]:
        """Make accounts that nobody has made, by id; one that is there after all is left to who looks for it."""
        ordered = sorted(keys, key=str)
        rows = await tx.fetch_ahead(
            self._sql.make_new, *_columns(ordered, len(self.key)), [self.bounded(key) for key in ordered]
        )
        made = {id_: Account(id_, key, self.bounded(key), 0, 0, 0) for key, id_ in self._by_key(rows).items()}
        tx.made_accounts.update((self.name, account.key) for account in made.values())
        return made

    async def _presume_new(self, tx: Tx, keys: Collection[Key]) -> dict[int, Account]:
        """New accounts by id, not made yet: the write fails, and all is done again with locks, if one is there."""
        spare: deque[int] = tx.memory.setdefault(("spare", self.name), deque())
        if len(spare) < len(keys):
            spare.extend(row["id"] for row in await tx.fetch_ahead(self._sql.draw, len(keys) + SPARE))
        tx.presumed = True
        made = [Account(spare.popleft(), key, self.bounded(key), 0, 0, 0) for key in sorted(keys, key=str)]
        tx.made_accounts.update((self.name, account.key) for account in made)
        return {account.id: account for account in made}

    async def _make_late(self, tx: Tx, accounts: Iterable[Account]) -> None:
        """Make accounts as they stand now; of what was decided about them nothing is left to be written."""
        rows = [(a.id, *a.key, a.bounded, a.posted if a.bounded else 0, a.held if a.bounded else 0) for a in accounts]
        await tx.later(self._sql.make_late, *_columns(rows, len(self.key) + 4))
        for account in accounts:
            account.posted_before, account.held_before = account.posted, account.held

    async def _ids(self, tx: Tx, keys: Sequence[Key], ours: Mapping[Key, int] = NO_KEYS) -> list[int]:
        """The accounts' ids. Each key is looked up once: to hash it costs more than all else that is done with it."""
        remembered: dict[Key, int] = tx.memory.setdefault(("book", self.name), {})
        ids = [remembered.get(key) or ours.get(key) for key in keys]
        missing = list({key for key, id_ in zip(keys, ids, strict=True) if id_ is None}) if None in ids else []
        made = await self._find_or_make(tx, missing, remembered) if missing else {}
        return [made[key] if id_ is None else id_ for key, id_ in zip(keys, ids, strict=True)]

    async def _find_or_make(self, tx: Tx, keys: list[Key], remembered: dict[Key, int]) -> dict[Key, int]:
        """Ids of accounts by key, made where they are missing. Only ids that others see too are remembered."""
        found = self._by_key(await tx.fetch_ahead(self._sql.find, *_columns(keys, len(self.key))))
        missing = sorted((key for key in keys if key not in found), key=str)
        if len(remembered) > REMEMBERED_MAX:
            remembered.clear()
        remembered.update({k: i for k, i in found.items() if (self.name, k) not in tx.made_accounts})
        if missing:
            columns = _columns(missing, len(self.key))
            await self._make(tx, missing, columns)
            tx.made_accounts.update((self.name, key) for key in missing)
            found |= self._by_key(await tx.fetch_ahead(self._sql.find, *columns))
        return found

    async def _make(self, tx: Tx, keys: Sequence[Key], columns: Sequence[list[Any]]) -> None:
        """Make accounts, in order of their keys. Late, nobody who makes one of them now is waited for."""
        is_late = bool(tx.locked.get(f"{self.name}_accounts")) or any(book == self.name for book, _ in tx.made_accounts)
        if not is_late or tx.ahead is None or tx.ahead.waits:
            await tx.fetch_ahead(self._sql.make, *columns, [self.bounded(key) for key in keys])
            return
        await tx.execute("SET LOCAL lock_timeout = '1ms'")
        try:
            await tx.fetch_ahead(self._sql.make, *columns, [self.bounded(key) for key in keys])
        except LockNotAvailableError:
            self._remember(tx, f"{self.name}_keys", keys)
            raise
        await tx.execute("SET LOCAL lock_timeout = DEFAULT")

    def _remember(self, tx: Tx, what: str, ids: Collection[Any]) -> None:
        """Let the next attempt lock or make all that this one had, and what it could not have, at its first call."""
        assert tx.ahead is not None, "only what is tried again gives way"
        needed = tx.ahead.ids
        for name in (f"{self.name}_holds", f"{self.name}_accounts"):
            needed.setdefault(name, set()).update(tx.locked.get(name, ()))
        needed.setdefault(f"{self.name}_keys", set()).update(key for book, key in tx.made_accounts if book == self.name)
        needed.setdefault(what, set()).update(ids)

    def _forget(self, tx: Tx, ids: Collection[int]) -> None:
        """Drop what was remembered: without its row, a bounded account would count as one without a floor."""
        tx.memory.pop(("book", self.name), None)
        raise AssertionError(f"{self.name}: a bounded account of {sorted(ids)} is not in the database")

    def _by_key(self, rows: Iterable[Record]) -> dict[Key, int]:
        return {tuple(row[column] for column in self.key): row["id"] for row in rows}

    async def _lock(self, tx: Tx, ids: set[int], named: Mapping[int, Key]) -> dict[int, Account]:
        """Lock the bounded ones among these accounts, in order of id."""
        accounts = f"{self.name}_accounts"
        if not tx.locked.get(accounts):
            ids = ids | self._needed(tx, accounts)
        if not ids:
            return {}
        is_late = _is_late(tx, accounts, ids)
        if ids <= named.keys():
            rows = await self._lock_in_turn(tx, accounts, ids, self._sql.lock, is_late=is_late)
            return {id_: Account(id_, named[id_], True, floor, posted, held) for id_, floor, posted, held in rows}
        rows = await self._lock_in_turn(tx, accounts, ids, self._sql.lock_with_keys, is_late=is_late)
        return {id_: Account(id_, tuple(key), True, floor, posted, held) for id_, *key, floor, posted, held in rows}

    def _needed(self, tx: Tx, what: str) -> set[Any]:
        """What earlier attempts at this transaction had to lock."""
        return set() if tx.ahead is None else tx.ahead.ids.get(what, set())

    async def _lock_in_turn(self, tx: Tx, what: str, ids: Collection[Any], sql: str, *, is_late: bool) -> list[Record]:
        """Lock rows in order of id. Where they are late, after rows behind them, nobody is waited for."""
        if not is_late or tx.ahead is None or tx.ahead.waits:
            rows = await tx.fetch(sql, list(ids))
        else:
            try:
                rows = await tx.fetch(sql + " NOWAIT", list(ids))  # sql: one of this book's own statements
            except LockNotAvailableError:
                self._remember(tx, what, ids)
                raise
        tx.locked.setdefault(what, set()).update(ids)
        return rows

    async def _write(self, tx: Tx, decision: Decision, change: Write) -> None:
        changed = [a for a in decision.accounts.values() if a.posted != a.posted_before or a.held != a.held_before]
        if changed:
            posted, held = [a.posted - a.posted_before for a in changed], [a.held - a.held_before for a in changed]
            await tx.later(change, [a.id for a in changed], posted, held)
        spent = [h for h in decision.holds.values() if h.remaining != h.remaining_before]
        if spent:
            await tx.later(self._sql.spend, [h.id for h in spent], [h.remaining for h in spent])
        if len(decision.new_holds) == len(decision.transfers):
            await tx.later(self._sql.hold, decision.new_holds)
        else:
            if decision.new_holds:
                await tx.later(self._sql.add_holds, decision.new_holds)
            await tx.later(self._sql.transfer, decision.transfers)
        if tx.dry_run:
            await self._report(tx, decision)

    async def _report(self, tx: Tx, decision: Decision) -> None:
        touched = {id_ for _, _, debit, credit, *_ in decision.transfers for id_ in (debit, credit)}
        keys = {id_: key for key, id_ in self._by_key(await tx.fetch(self._sql.keys, list(touched))).items()}
        tx.effects += [
            {"transfer": self.name, "kind": kind, "from": keys[debit], "to": keys[credit], "amount": amount}
            for _, kind, debit, credit, amount, *_ in decision.transfers
        ]


def _is_late(tx: Tx, what: str, ids: Collection[Any]) -> bool:
    """Whether some of these rows would be locked after rows that come behind them."""
    before = tx.locked.get(what)
    fresh = ids - before if before and isinstance(ids, set) else ()
    return bool(before) and bool(fresh) and min(fresh) < max(before or ())


def _held_amounts(rows: Iterable[Record], accounts: Mapping[int, Account]) -> dict[UUID, HeldAmount]:
    return {
        r["id"]: HeldAmount(
            r["id"], accounts[r["debit_id"]], accounts[r["credit_id"]], r["remaining"], r["doc"], r["line"]
        )
        for r in rows
    }


def _sides(ops: Sequence[Op], accounts: Iterator[Account]) -> list[Sides | None]:
    """The accounts of each op in turn, debit and credit; None for one that names a hold."""
    return [(next(accounts), next(accounts)) if isinstance(op, (Post, Hold)) else None for op in ops]


def _columns(rows: Sequence[Any], width: int) -> list[list[Any]]:
    """Rows turned into columns; `width` empty ones when there are no rows."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
