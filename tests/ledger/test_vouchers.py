"""Manual vouchers and their reversal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call, OutOfScope
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.money import UnknownCurrency
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract.errors import (
    AccountNotFound,
    AccountOnBothSides,
    BooksNotOpen,
    EntryAlreadyReversed,
    EntryComesToNothing,
    EntryLineInvalid,
    EntryNotFound,
    EntryUnbalanced,
    PeriodClosed,
    RateInvalid,
    RateNotFound,
    ReversalNotReversible,
)
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.ledger.conftest import CUSTOMER, Happen, Post, closing, trial, vouchers, written

JANUARY = datetime(2026, 1, 20, 2, tzinfo=UTC)


def voucher(company: CompanyId, *lines: tuple[str, int, int], **more: object) -> dict[str, Any]:
    """A voucher of lines (account, debit, credit)."""
    sides = [{"account": code, "debit_minor": debit, "credit_minor": credit} for code, debit, credit in lines]
    return {"company_id": str(company), "summary": "手工凭证", "lines": sides} | more


class TestPostEntry:
    async def test_many_sides_are_paired_in_their_order(self, db: Database, company: CompanyId, act: Act) -> None:
        fees = voucher(
            company,
            ("560102", 60_00, 0),
            ("560302", 5_00, 0),
            ("22210101", 3_90, 0),
            ("1012", 0, 50_00),
            ("1002", 0, 18_90),
        )
        posted = await act("ledger.post_entry", fees, at=JANUARY)
        [entry] = await vouchers(db, company)
        assert (posted.entry_id, posted.number, posted.period) == (entry.id, "记-202601-000001", 202601)
        assert written(entry) == ["560102/1012 5000", "560102/1002 1000", "560302/1002 500", "22210101/1002 390"]
        assert (entry.summary, entry.rule, entry.at, entry.reversal_of) == ("手工凭证", None, JANUARY, None)

    async def test_bad_debt_of_a_customer(self, db: Database, company: CompanyId, act: Act) -> None:
        lines = [
            {"account": "571101", "debit_minor": 88},
            {"account": "1122", "party_id": str(CUSTOMER), "credit_minor": 88},
        ]
        await act("ledger.post_entry", voucher(company) | {"lines": lines})
        async with db.reading(SYSTEM) as tx:
            assert await service.account_balance(tx, company, "1122", CUSTOMER) == -88
            assert await service.account_balance(tx, company, "1122", new_id()) == 0
            assert await service.account_balance(tx, company, "571101") == 88

    async def test_its_cause_is_the_action(self, db: Database, company: CompanyId, act: Act) -> None:
        await act("ledger.post_entry", voucher(company, ("1002", 1, 0), ("3001", 0, 1)))
        [entry] = await vouchers(db, company)
        async with db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT action FROM action_log WHERE id = $1", entry.cause) == "ledger.post_entry"
            assert await service.list_entries_of(tx, entry.cause) == [entry]

    async def test_foreign_currency_at_a_given_rate(self, db: Database, company: CompanyId, act: Act) -> None:
        do = voucher(company, ("1002", 10_05, 0), ("5051", 0, 5_00), ("5301", 0, 5_05), currency="USD", rate="7.1")
        await act("ledger.post_entry", do)
        [entry] = await vouchers(db, company)
        # 10.05 × 7.1 = 71.355 → 71.36, of which 35.50 (exact) and 35.855 → the spare fen
        assert written(entry) == ["1002/5051 3550", "1002/5301 3586"]
        assert [line.original_minor for line in entry.lines] == [5_00, 5_05]
        assert (entry.currency, entry.rate) == ("USD", Decimal("7.1"))

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"lines": [("1002", 100, 0), ("3001", 0, 99)]}, EntryUnbalanced),
            ({"lines": [("1002", 100, 0), ("9999", 0, 100)]}, AccountNotFound),
            ({"lines": [("1002", 100, 100), ("3001", 0, 100)]}, EntryLineInvalid),
            ({"lines": [("1002", 0, 0), ("3001", 0, 100)]}, EntryLineInvalid),
            ({"lines": [("1002", 100, 0), ("3001", 0, 60), ("1002", 0, 40)]}, AccountOnBothSides),
            ({"currency": "USD"}, RateNotFound),
            ({"currency": "USD", "rate": "0"}, RateInvalid),
            ({"currency": "USD", "rate": "-7"}, RateInvalid),
            ({"currency": "USD", "rate": "NaN"}, RateInvalid),
            ({"currency": "USD", "rate": "0.0000000000001"}, RateInvalid),
            ({"currency": "CNY", "rate": "2"}, RateInvalid),
            ({"currency": "QQQ", "rate": "2"}, UnknownCurrency),
            ({"currency": "USD", "rate": "0.0001"}, EntryComesToNothing),
            ({"company_id": str(new_id())}, BooksNotOpen),
        ],
    )
    async def test_refused_changes_nothing(
        self, db: Database, company: CompanyId, act: Act, change: dict[str, Any], refusal: type[AppError]
    ) -> None:
        lines = change.get("lines", [("1002", 100, 0), ("3001", 0, 100)])
        do = voucher(company, *lines) | {key: value for key, value in change.items() if key != "lines"}
        with pytest.raises(refusal):
            await act("ledger.post_entry", do)
        assert await vouchers(db, company) == []
        assert (await trial(db, company)).lines == []
        async with db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT count(*) FROM money_transfers") == 0

    async def test_a_refused_voucher_takes_no_number_and_leaves_its_neighbours(
        self, db: Database, company: CompanyId, runner: Runner
    ) -> None:
        spec = ACTIONS["ledger.post_entry"]
        given = [
            voucher(company, ("1002", n, 0), ("3001", 0, n if n != 2 else 3), summary=f"第{n}张") for n in (1, 2, 3)
        ]
        calls = [Call(action=spec.name, input=read_input(spec, one), actor=SYSTEM, door="test") for one in given]
        answers = await runner.run_list(calls)
        assert [type(answer.error) for answer in answers] == [type(None), EntryUnbalanced, type(None)]
        assert [(entry.number[-1], entry.summary) for entry in await vouchers(db, company)] == [
            ("1", "第1张"),
            ("2", "第3张"),
        ]

    async def test_the_same_request_twice_posts_once(self, db: Database, company: CompanyId, act: Act) -> None:
        do = voucher(company, ("1002", 1, 0), ("3001", 0, 1))
        first = await act("ledger.post_entry", do, key="k1")
        assert await act("ledger.post_entry", do, key="k1") == first
        assert len(await vouchers(db, company)) == 1

    async def test_a_dry_run_tells_the_transfers_and_leaves_nothing(
        self, db: Database, company: CompanyId, runner: Runner
    ) -> None:
        spec = ACTIONS["ledger.post_entry"]
        do = read_input(spec, voucher(company, ("1002", 7, 0), ("3001", 0, 7)))
        answer = await runner.run(Call(action=spec.name, input=do, actor=SYSTEM, door="test", dry_run=True))
        [effect] = answer.effects or []
        assert (effect["transfer"], effect["from"][1], effect["to"][1], effect["amount"]) == (
            "money",
            "3001",
            "1002",
            7,
        )
        assert await vouchers(db, company) == []

    async def test_another_companys_accountant_may_not(self, db: Database, company: CompanyId, act: Act) -> None:
        other = accountant(CompanyId(new_id()))
        with pytest.raises(OutOfScope):
            await act("ledger.post_entry", voucher(company, ("1002", 1, 0), ("3001", 0, 1)), actor=other)
        assert await vouchers(db, company) == []

    async def test_numbers_have_no_gap_when_many_post_at_once(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
    ) -> None:
        received = {"number": "n", "reason": "purchase", "value_minor": 1}
        for _ in range(20):
            await happen("inventory.received.v1", received)
        second = Runner(db)  # as another process would
        spec = ACTIONS["ledger.post_entry"]
        call = Call(
            action=spec.name,
            input=read_input(spec, voucher(company, ("1002", 1, 0), ("3001", 0, 1))),
            actor=SYSTEM,
            door="test",
            at=JANUARY,
        )
        await asyncio.gather(post(), *(second.run(call) for _ in range(30)), *(Runner(db).run(call) for _ in range(30)))
        numbers = [entry.number for entry in await vouchers(db, company)]
        assert numbers == [f"记-202601-{n:06}" for n in range(1, 81)]


class TestReverseEntry:
    async def test_it_is_the_same_voucher_in_red(
        self, db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
    ) -> None:
        await happen(
            "orders.shipped.v1",
            {"number": "S1", "customer_id": str(CUSTOMER), "goods_minor": 7, "freight_minor": 0, "other_minor": 0}
            | {"cost_minor": 5},
        )
        await post()
        [original] = await vouchers(db, company)
        await act("ledger.reverse_entry", {"entry_id": str(original.id), "reason": "录错客户"}, at=JANUARY)
        first, reversal = await vouchers(db, company)
        assert reversal.summary == "红字冲销 记-202601-000001：录错客户"
        assert (first.reversed_by, reversal.reversal_of) == (reversal.id, original.id)
        assert written(reversal) == ["1122/5001 -7", "5401/1405 -5"]
        assert reversal.lines[0].debit_party == CUSTOMER
        book = await trial(db, company)
        assert {(line.debit_minor, line.credit_minor, line.closing_minor) for line in book.lines} == {(0, 0, 0)}

    async def test_it_keeps_the_rate(self, db: Database, company: CompanyId, act: Act) -> None:
        do = voucher(company, ("1002", 10_05, 0), ("5301", 0, 10_05), currency="USD", rate="7.1")
        posted = await act("ledger.post_entry", do)
        await act("ledger.reverse_entry", {"entry_id": str(posted.entry_id), "reason": "x"})
        first, reversal = await vouchers(db, company)
        assert (reversal.currency, reversal.rate, reversal.lines[0].original_minor) == ("USD", Decimal("7.1"), -10_05)
        assert reversal.lines[0].amount_minor == -first.lines[0].amount_minor

    async def test_two_at_once_reverse_once(self, db: Database, company: CompanyId, act: Act) -> None:
        posted = await act("ledger.post_entry", voucher(company, ("1002", 9, 0), ("3001", 0, 9)))
        spec = ACTIONS["ledger.reverse_entry"]
        do = read_input(spec, {"entry_id": str(posted.entry_id), "reason": "x"})
        call = Call(action=spec.name, input=do, actor=SYSTEM, door="test")
        answers = await asyncio.gather(*(Runner(db).run(call) for _ in range(8)))
        assert sum(answer.error is None for answer in answers) == 1
        assert {type(answer.error) for answer in answers if answer.error} == {EntryAlreadyReversed}
        assert await closing(db, company) == {"1002": 0, "3001": 0}
        assert len(await vouchers(db, company)) == 2

    async def test_a_reversal_is_final(self, db: Database, company: CompanyId, act: Act) -> None:
        posted = await act("ledger.post_entry", voucher(company, ("1002", 9, 0), ("3001", 0, 9)))
        reversal = await act("ledger.reverse_entry", {"entry_id": str(posted.entry_id), "reason": "x"})
        with pytest.raises(ReversalNotReversible):
            await act("ledger.reverse_entry", {"entry_id": str(reversal.entry_id), "reason": "x"})
        with pytest.raises(EntryAlreadyReversed):
            await act("ledger.reverse_entry", {"entry_id": str(posted.entry_id), "reason": "y"})
        with pytest.raises(EntryNotFound):
            await act("ledger.reverse_entry", {"entry_id": str(new_id()), "reason": "y"})
        assert len(await vouchers(db, company)) == 2

    async def test_another_companys_accountant_does_not_find_it(
        self, db: Database, company: CompanyId, act: Act
    ) -> None:
        posted = await act("ledger.post_entry", voucher(company, ("1002", 9, 0), ("3001", 0, 9)))
        do = {"entry_id": str(posted.entry_id), "reason": "x"}
        with pytest.raises(EntryNotFound):
            await act("ledger.reverse_entry", do, actor=accountant(CompanyId(new_id())))
        await act("ledger.reverse_entry", do, actor=accountant(company))
        assert await closing(db, company) == {"1002": 0, "3001": 0}

    async def test_it_is_not_dated_into_a_closed_period(self, db: Database, company: CompanyId, act: Act) -> None:
        posted = await act("ledger.post_entry", voucher(company, ("1002", 9, 0), ("3001", 0, 9)), at=JANUARY)
        await act("ledger.lock_period", {"company_id": str(company), "period": 202601})
        do = {"entry_id": str(posted.entry_id), "reason": "x"}
        with pytest.raises(PeriodClosed):
            await act("ledger.reverse_entry", do, at=JANUARY)
        february = await act("ledger.reverse_entry", do, at=datetime(2026, 2, 1, tzinfo=UTC))
        assert february.number == "记-202602-000001"


def accountant(company: CompanyId) -> Actor:
    return Actor(
        id=new_id(),
        kind="user",
        name="会计",
        grants=frozenset({"ledger.*", "actions.backdate"}),
        scopes={"company": frozenset({company})},
    )
