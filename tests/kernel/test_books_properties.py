"""Random walks through a book beside a model that is too simple to be wrong: they agree after every step."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.book import Book
from shangmai.kernel.books.contract import Hold, HoldNotFound, HoldSpent, LinkedItemRefused, Op, Post, Release, Settle
from shangmai.kernel.books.contract import Moved as MovedOutcome
from shangmai.kernel.books.contract import Short as ShortOutcome
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.declared import COUNTED, pieces, shelf

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
WALKS = settings(max_examples=40, stateful_step_count=20)


class Model:
    """Balances by account, what holds keep, and the rules in their plainest form: try on a copy, keep it or not."""

    def __init__(self, physical: bool) -> None:
        self.physical = physical
        self.balances: dict[tuple[int, str], list[int]] = {}
        self.holds: dict[UUID, dict[str, Any]] = {}

    def of(self, account: tuple[int, str]) -> list[int]:
        """Posted, held, floor."""
        return self.balances.setdefault(account, [0, 0, 0])

    def list(self, groups: list[list[dict[str, Any]]]) -> list[Any]:
        told: list[Any] = []
        for group in groups:
            before = copy.deepcopy((self.balances, self.holds))
            answers: list[Any] = []
            for op in group:
                answers.append(self.one(op))
                if answers[-1][0] != "moved":
                    break
            if answers[-1][0] != "moved":
                self.balances, self.holds = before
                bad = len(answers) - 1
                answers = [answers[bad] if n == bad else ("linked",) for n in range(len(group))]
            told += answers
        return told

    def one(self, op: dict[str, Any]) -> tuple[Any, ...]:
        if op["kind"] in ("post", "hold"):
            return self.take(op)
        return self.finish(op)

    def take(self, op: dict[str, Any]) -> tuple[Any, ...]:
        posted, held, floor = self.of(op["debit"])
        share = op.get("share")
        amount = op["amount"] if share is None else max(posted, 0) * share // 4
        if amount == 0:
            return "moved", 0, posted
        if op["debit"][1] in COUNTED:
            free = posted - held - floor
            if self.physical and op["kind"] == "post":
                free = min(free, posted)
            if amount > free:
                return "short", amount, max(free, 0)
        if op["kind"] == "post":
            self.move(op["debit"], op["credit"], amount)
        else:
            self.keep(op["debit"], amount)
            self.holds[op["id"]] = {**op, "remaining": amount}
        return "moved", amount, posted

    def finish(self, op: dict[str, Any]) -> tuple[Any, ...]:
        hold = self.holds.get(op["hold_id"])
        if hold is None:
            return ("unknown",)
        amount = hold["remaining"] if op["amount"] is None else op["amount"]
        if not 0 < amount <= hold["remaining"]:
            return "spent", hold["remaining"], amount
        posted = self.of(hold["debit"])[0]
        if op["kind"] == "settle":
            if self.physical and hold["debit"][1] in COUNTED and amount > posted:
                return "short", amount, max(posted, 0)
            self.move(hold["debit"], hold["credit"], amount)
        self.keep(hold["debit"], -amount)
        hold["remaining"] -= amount
        return "moved", amount, posted

    def move(self, debit: tuple[int, str], credit: tuple[int, str], amount: int) -> None:
        for account, change in ((debit, -amount), (credit, amount)):
            if account[1] in COUNTED:
                self.of(account)[0] += change

    def keep(self, account: tuple[int, str], amount: int) -> None:
        if account[1] in COUNTED:
            self.of(account)[1] += amount


BUCKETS = ["supplier", "on_hand", "packed", "customer"]
accounts = st.tuples(st.integers(0, 1), st.sampled_from(BUCKETS))
counted = st.tuples(st.integers(0, 1), st.sampled_from(sorted(COUNTED)))
pairs = st.tuples(accounts | counted, accounts).filter(lambda pair: pair[0] != pair[1])
amounts = st.integers(1, 8)
parts = st.none() | st.integers(-1, 6)


@st.composite
def takes(draw: st.DrawFn) -> dict[str, Any]:
    debit, credit = draw(pairs)
    kind = draw(st.sampled_from(["post", "post", "share", "hold"]))
    op: dict[str, Any] = {"kind": kind, "debit": debit, "credit": credit, "amount": draw(amounts)}
    if kind == "share":
        op |= {"kind": "post", "share": draw(st.integers(0, 4))}
    if kind == "hold":
        op |= {"hours": draw(st.none() | st.integers(0, 5))}
    return op


finishes = st.fixed_dictionaries(
    {"kind": st.sampled_from(["settle", "release"]), "pick": st.integers(0, 19), "amount": parts}
)
groups = st.lists(st.lists(takes() | finishes, min_size=1, max_size=4), min_size=1, max_size=4)


class Walk(RuleBasedStateMachine):
    """One walk has two SKUs of its own, so that many walks share a database."""

    def __init__(self, run: Callable[[Any], Any], db: Database, book: Book) -> None:
        super().__init__()
        self.run, self.db, self.book = run, db, book
        self.skus = [new_id(), new_id()]
        self.model = Model(book.physical)

    @initialize(
        amounts=st.tuples(st.integers(0, 12), st.integers(0, 12)),
        floor=st.integers(-8, 0),
        holds=st.lists(st.tuples(pairs, st.integers(1, 8)), min_size=4, max_size=6),
    )
    def begin(self, amounts: tuple[int, int], floor: int, holds: list[Any]) -> None:
        """Something to walk with: pieces of both SKUs, one of which may go below zero, and holds of some."""
        receipts = [
            {"kind": "post", "debit": (sku, "supplier"), "credit": (sku, "on_hand"), "amount": amount}
            for sku, amount in enumerate(amounts)
            if amount
        ]
        self.apply([[[receipt] for receipt in receipts]], keep=True)
        self.set_floor((0, "on_hand"), floor)
        made = [
            {"kind": "hold", "debit": debit, "credit": credit, "amount": amount, "hours": None}
            for (debit, credit), amount in holds
        ]
        self.apply([[[hold] for hold in made]], keep=True)

    @rule(lists=st.lists(groups, min_size=1, max_size=2), keep=st.booleans() | st.just(True))
    def apply(self, lists: list[list[list[dict[str, Any]]]], keep: bool) -> None:
        """One or two lists in one transaction, which now and then is rolled back at the end."""
        given = [[self.named(group) for group in each] for each in lists]
        before = copy.deepcopy((self.model.balances, self.model.holds))
        expected = [self.model.list(each) for each in given]
        assert self.run(self.carry_out(given, keep)) == expected
        if not keep:
            self.model.balances, self.model.holds = before

    @rule(account=counted, floor=st.integers(-6, 6))
    def set_floor(self, account: tuple[int, str], floor: int) -> None:
        posted, held, _ = self.model.of(account)
        refused = self.run(self.put_floor(account, floor))
        assert refused == (posted - held < floor)
        if not refused:
            self.model.of(account)[2] = floor

    @precondition(lambda self: any(hold["remaining"] for hold in self.model.holds.values()))
    @rule(hours=st.integers(0, 5))
    def expire(self, hours: int) -> None:
        due = {
            id_: hold["remaining"]
            for id_, hold in self.model.holds.items()
            if hold["remaining"] and hold["hours"] is not None and hold["hours"] <= hours
        }
        for id_ in due:
            assert self.model.one({"kind": "release", "hold_id": id_, "amount": None})[0] == "moved"
        assert self.run(self.let_expire(EPOCH + timedelta(hours=hours))) == due

    @invariant()
    def balances_agree(self) -> None:
        counted = [account for account in self.model.balances if account[1] in COUNTED]
        assert self.run(self.read(counted)) == [tuple(self.model.balances[account]) for account in counted]

    def teardown(self) -> None:
        assert self.run(self.prove()) == []
        open_ = {id_: hold["remaining"] for id_, hold in self.model.holds.items() if hold["remaining"]}
        assert self.run(self.read_holds()) == open_

    def named(self, group: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The group with ids for what is new, and with hypothesis' picks turned into the holds that there are."""
        named = []
        for op in group:
            if "pick" in op:
                named.append(op | {"hold_id": self.picked(op["pick"])})
            else:
                named.append(op | {"id": new_id()} if op["kind"] == "hold" else op)
        return named

    def picked(self, pick: int) -> UUID:
        """Mostly a hold that keeps something, now and then any, or one that nobody made."""
        holds = [id_ for id_, hold in self.model.holds.items() if hold["remaining"] or pick > 14]
        return new_id() if pick > 18 or not holds else holds[pick % len(holds)]

    async def carry_out(self, lists: list[list[list[dict[str, Any]]]], keep: bool) -> list[list[Any]]:
        told = []
        try:
            async with self.db.transaction() as tx:
                for each in lists:
                    ops = [
                        self.op(tx, op, n if len(group) > 1 else None) for n, group in enumerate(each) for op in group
                    ]
                    told.append([spelled(outcome) for outcome in await self.book.apply(tx, ops)])
                if not keep:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            assert not keep
        return told

    def op(self, tx: Tx, op: dict[str, Any], group: int | None) -> Op:
        item = tx.items[0]
        if op["kind"] == "settle":
            return Settle(hold_id=op["hold_id"], amount=op["amount"], item=item, group=group)
        if op["kind"] == "release":
            return Release(hold_id=op["hold_id"], amount=op["amount"], item=item, group=group)
        debit, credit = self.key(op["debit"]), self.key(op["credit"])
        if op["kind"] == "post":
            share = op.get("share")
            amount = op["amount"] if share is None else lambda posted: max(posted, 0) * share // 4
            return Post(debit=debit, credit=credit, amount=amount, doc=self.skus[0], item=item, group=group)
        until = None if op["hours"] is None else EPOCH + timedelta(hours=op["hours"])
        return Hold(id=op["id"], debit=debit, credit=credit, amount=op["amount"], doc=self.skus[0], item=item,
                    group=group, expires_at=until)  # fmt: skip

    def key(self, account: tuple[int, str]) -> tuple[UUID, str]:
        return self.skus[account[0]], account[1]

    async def put_floor(self, account: tuple[int, str], floor: int) -> bool:
        try:
            async with self.db.transaction() as tx:
                await self.book.set_floors(tx, {self.key(account): floor})
        except asyncpg.CheckViolationError:
            return True
        return False

    async def let_expire(self, now: datetime) -> dict[UUID, int]:
        async with self.db.transaction() as tx:
            return {row["id"]: row["remaining"] for row in await self.book.expire(tx, now)}

    async def read(self, counted: list[tuple[int, str]]) -> list[tuple[int, int, int]]:
        async with self.db.reading(SYSTEM) as tx:
            return await self.book.balances(tx, [self.key(account) for account in counted])

    async def read_holds(self) -> dict[UUID, int]:
        async with self.db.transaction() as tx:
            rows = await self.book.open_holds(tx, [self.skus[0]])
            for row in rows:  # leave nothing behind that another walk's `expire` would find
                await self.book.release(tx, [Release(hold_id=row["id"], item=tx.items[0])])
            return {row["id"]: row["remaining"] for row in rows}

    async def prove(self) -> list[Any]:
        async with self.db.reading(SYSTEM) as tx:
            return list(await self.book.prove(tx))


def spelled(outcome: MovedOutcome | AppError) -> tuple[Any, ...]:
    match outcome:
        case MovedOutcome(amount=amount, posted_before=before):
            return "moved", amount, before
        case ShortOutcome(data=data):
            return "short", data["wanted"], data["available"]
        case HoldSpent(data=data):
            return "spent", data["remaining"], data["wanted"]
        case HoldNotFound():
            return ("unknown",)
        case LinkedItemRefused():
            return ("linked",)
    raise AssertionError(outcome)


@pytest.mark.parametrize("book", [pieces, shelf], ids=lambda book: str(book.name))
def test_random_walks(dsn: str, book: Book) -> None:
    with asyncio.Runner() as loop:
        db = loop.run(Database.connect(dsn, size=2))
        run_state_machine_as_test(partial(Walk, loop.run, db, book), settings=WALKS)  # type: ignore[arg-type]
        loop.run(db.close())
