"""Opening books and the chart of accounts."""

from __future__ import annotations

import asyncio

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import Account, Kind, Side
from shangmai.modules.ledger.contract.errors import AccountExists, AccountNotFound, BooksNotOpen, RateInvalid
from shangmai.modules.ledger.rules.chart import CHART, DEFAULT_RULES
from shangmai.modules.ledger.rules.matching import accounts_of
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from tests.conftest import Act


async def facts(db: Database, company: CompanyId) -> tuple[int, int]:
    """How many accounts and rules the company has."""
    async with db.reading(SYSTEM) as tx:
        return len(await service.list_accounts(tx, company)), len(await service.list_rules(tx, company))


class TestOpenBooks:
    async def test_they_open_with_the_standards_accounts(self, db: Database, company: CompanyId) -> None:
        async with db.reading(SYSTEM) as tx:
            accounts = {account.code: account for account in await service.list_accounts(tx, company)}
            books = await service.get_books(tx, company)
        assert (books.currency, books.timezone, books.closed_through) == ("CNY", "Asia/Shanghai", None)
        expected = {
            "1001": ("库存现金", Kind.ASSET, Side.DEBIT, None),
            "1122": ("应收账款", Kind.ASSET, Side.DEBIT, None),
            "1602": ("累计折旧", Kind.ASSET, Side.CREDIT, None),
            "2202": ("应付账款", Kind.LIABILITY, Side.CREDIT, None),
            "222101": ("应交增值税", Kind.LIABILITY, Side.CREDIT, "2221"),
            "22210101": ("进项税额", Kind.LIABILITY, Side.DEBIT, "222101"),
            "3104": ("利润分配", Kind.EQUITY, Side.CREDIT, None),
            "5001": ("主营业务收入", Kind.INCOME, Side.CREDIT, None),
            "5401": ("主营业务成本", Kind.EXPENSE, Side.DEBIT, None),
            "571101": ("坏账损失", Kind.EXPENSE, Side.DEBIT, "5711"),
        }
        for code, (zh, kind, side, parent) in expected.items():
            account = accounts[code]
            assert (account.zh, account.kind, account.normal_side, account.parent) == (zh, kind, side, parent)
        assert list(accounts) == sorted(accounts)

    async def test_opening_again_or_at_once_changes_nothing(self, db: Database, unopened: CompanyId) -> None:
        spec = ACTIONS["ledger.open_books"]
        do = read_input(spec, {"company_id": str(unopened)})
        call = Call(action=spec.name, input=do, actor=SYSTEM, door="test")
        answers = await asyncio.gather(*(Runner(db).run(call) for _ in range(6)))
        assert len({answer.unwrap().opened_at for answer in answers}) == 1
        assert await facts(db, unopened) == (len(CHART), len(DEFAULT_RULES))

    async def test_a_retired_rule_does_not_come_back(self, db: Database, company: CompanyId, act: Act) -> None:
        await act("ledger.retire_rule", {"name": "orders.shipped"})
        await act("ledger.open_books", {"company_id": str(company)})
        async with db.reading(SYSTEM) as tx:
            [one] = [rule for rule in await service.list_rules(tx, company) if rule.name == "orders.shipped"]
        assert one.active_to is not None

    async def test_an_unknown_company_is_refused_beside_a_known_one(
        self, db: Database, unopened: CompanyId, runner: Runner
    ) -> None:
        spec = ACTIONS["ledger.open_books"]
        calls = [
            Call(action=spec.name, input=read_input(spec, {"company_id": str(id_)}), actor=SYSTEM, door="test")
            for id_ in (new_id(), unopened)
        ]
        refused, opened = await runner.run_list(calls)
        assert type(refused.error) is CompanyNotFound
        assert opened.unwrap().company_id == unopened
        async with db.reading(SYSTEM) as tx:
            assert await tx.fetchval("SELECT count(*) FROM ledger_books") == 1


class TestAddAccount:
    async def test_it_takes_after_its_parent(self, db: Database, company: CompanyId, act: Act) -> None:
        do = {"company_id": str(company), "code": "22210199", "zh": "简易计税", "en": "Simple VAT"}
        added = await act("ledger.add_account", do)
        expected = Account(
            code="22210199",
            zh="简易计税",
            en="Simple VAT",
            kind=Kind.LIABILITY,
            normal_side=Side.CREDIT,
            parent="222101",
        )
        assert added == expected
        async with db.reading(SYSTEM) as tx:
            assert added in await service.list_accounts(tx, company)
        posting = {
            "company_id": str(company),
            "summary": "x",
            "lines": [{"account": "22210199", "debit_minor": 1}, {"account": "1002", "credit_minor": 1}],
        }
        await act("ledger.post_entry", posting)

    @pytest.mark.parametrize(("code", "refusal"), [("1002", AccountExists), ("9901", AccountNotFound)])
    async def test_refused_changes_nothing(
        self, db: Database, company: CompanyId, act: Act, code: str, refusal: type[Exception]
    ) -> None:
        before = await facts(db, company)
        with pytest.raises(refusal):
            await act("ledger.add_account", {"company_id": str(company), "code": code, "zh": "x", "en": "x"})
        assert await facts(db, company) == before

    async def test_without_books_there_is_no_chart(self, unopened: CompanyId, act: Act) -> None:
        with pytest.raises(BooksNotOpen):
            await act("ledger.add_account", {"company_id": str(unopened), "code": "100201", "zh": "x", "en": "x"})


@pytest.mark.parametrize("change", [{"rate": "0"}, {"rate": "-1"}, {"rate": "Infinity"}, {"quote": "USD", "rate": "1"}])
async def test_a_rate_that_cannot_be_is_refused(
    db: Database, company: CompanyId, act: Act, change: dict[str, str]
) -> None:
    do = {"currency": "USD", "quote": "CNY", "day": "2026-01-01", "rate": "7", "source": "x"} | change
    with pytest.raises(RateInvalid):
        await act("ledger.set_rate", do)
    async with db.reading(SYSTEM) as tx:
        assert await tx.fetchval("SELECT count(*) FROM ledger_rates") == 0


def test_the_default_rules_name_accounts_of_the_chart() -> None:
    codes = {account.code for account in CHART}
    assert {account for rule in DEFAULT_RULES for account in accounts_of(rule.lines)} <= codes


def test_every_account_stands_below_one_of_its_kind() -> None:
    by_code = {account.code: account for account in CHART}
    for account in CHART:
        if len(account.code) > 4:
            assert account.parent is not None
            assert by_code[account.parent].kind is account.kind
            assert account.code[:-2] == account.parent
        else:
            assert account.parent is None
