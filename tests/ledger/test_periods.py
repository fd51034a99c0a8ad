"""Closed periods stay as they are."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.reader import Reader
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import POSTING
from shangmai.modules.ledger.contract.errors import EventsWaiting, PeriodClosed, PeriodInvalid, PeriodNotOver
from shangmai.modules.ledger.rules.vouchers import next_period, previous_period
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.ledger.conftest import MID_JANUARY, Happen, Post, record_all, trial, vouchers

RECEIVED = {"number": "RK1", "reason": "purchase", "value_minor": 10}


def of(company: CompanyId, period: int) -> dict[str, object]:
    return {"company_id": str(company), "period": period}


async def test_what_comes_late_goes_to_the_first_open_period(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    await happen("inventory.received.v1", RECEIVED)
    await post()
    await act("ledger.lock_period", of(company, 202602))
    closed = await trial(db, company, 202602)
    await happen("inventory.received.v1", RECEIVED)
    await post()
    assert await trial(db, company, 202602) == closed
    _, late = await vouchers(db, company)
    assert late.number == "记-202603-000001"
    assert late.at == datetime(2026, 2, 28, 16, tzinfo=UTC)  # March begins in Shanghai
    assert late.summary == "入库 RK1（业务日期 2026-01-15，当期已结账）"


async def test_a_manual_voucher_into_a_closed_period_is_refused(db: Database, company: CompanyId, act: Act) -> None:
    await act("ledger.lock_period", of(company, 202601))
    do = {
        "company_id": str(company),
        "summary": "补记",
        "lines": [{"account": "1002", "debit_minor": 1}, {"account": "3001", "credit_minor": 1}],
    }
    for at in (MID_JANUARY, datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)):
        with pytest.raises(PeriodClosed):
            await act("ledger.post_entry", do, at=at)
    assert await vouchers(db, company) == []
    posted = await act("ledger.post_entry", do, at=datetime(2026, 1, 31, 16, tzinfo=UTC))
    assert posted.period == 202602


async def test_locking_waits_for_events_of_the_period(
    db: Database, company: CompanyId, act: Act, happen: Happen, post: Post
) -> None:
    await happen("inventory.received.v1", RECEIVED, at=datetime(2026, 1, 31, 15, tzinfo=UTC))
    with pytest.raises(EventsWaiting) as refused:
        await act("ledger.lock_period", of(company, 202601))
    assert refused.value.data["waiting"] == 1
    await act("ledger.lock_period", of(company, 202512))  # nothing of that time waits
    await post()
    books = await act("ledger.lock_period", of(company, 202601))
    assert books.closed_through == 202601
    assert [entry.number for entry in await vouchers(db, company)] == ["记-202601-000001"]


async def test_locking_waits_for_parked_events(
    db: Database, company: CompanyId, act: Act, happen: Happen, ledger_reader: Reader
) -> None:
    await happen("inventory.received.v1", RECEIVED | {"currency": "USD"})
    await happen("orders.placed.v1", {"number": "not for the ledger"})
    await ledger_reader.drain()
    with pytest.raises(EventsWaiting):
        await act("ledger.lock_period", of(company, 202601))
    await act("ledger.set_rate", {"currency": "USD", "quote": "CNY", "day": "2026-01-01", "rate": "7", "source": "x"})
    async with db.reading(SYSTEM) as tx:
        [parked] = await store.list_parked(tx, POSTING)
    await ledger_reader.replay(POSTING, parked.seq)
    assert (await act("ledger.lock_period", of(company, 202601))).closed_through == 202601


async def test_other_companies_and_other_events_do_not_hold_it_up(
    db: Database, company: CompanyId, act: Act, happen: Happen
) -> None:
    other = (await act("organization.create_company", {"code": "BJ", "name": "北京"})).id
    await happen("inventory.received.v1", RECEIVED | {"company_id": str(other)})
    await happen("orders.placed.v1", {"number": "n"})
    await happen("inventory.received.v1", RECEIVED, at=datetime(2026, 2, 1, tzinfo=UTC))
    assert (await act("ledger.lock_period", of(company, 202601))).closed_through == 202601


async def test_locking_and_unlocking_again_change_nothing(company: CompanyId, act: Act) -> None:
    first = await act("ledger.lock_period", of(company, 202602))
    assert await act("ledger.lock_period", of(company, 202602)) == first
    assert await act("ledger.lock_period", of(company, 202601)) == first
    assert await act("ledger.unlock_period", of(company, 202603)) == first
    assert (await act("ledger.unlock_period", of(company, 202601))).closed_through == 202512
    assert (await act("ledger.unlock_period", of(company, 202601))).closed_through == 202512


async def test_it_tells_the_others(db: Database, company: CompanyId, act: Act) -> None:
    await act("ledger.lock_period", of(company, 202601))
    await act("ledger.lock_period", of(company, 202601))
    await act("ledger.unlock_period", of(company, 202601))
    async with db.reading(SYSTEM) as tx:
        rows = await tx.fetch("SELECT name, payload FROM events WHERE name LIKE 'ledger.%' ORDER BY seq")
    told = {"company_id": str(company), "period": 202601}
    assert [tuple(row) for row in rows] == [("ledger.period_locked.v1", told), ("ledger.period_unlocked.v1", told)]


@pytest.mark.parametrize(
    ("period", "refusal"), [(202613, PeriodInvalid), (202600, PeriodInvalid), (299901, PeriodNotOver)]
)
async def test_only_a_period_that_is_over(
    db: Database, company: CompanyId, act: Act, period: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await act("ledger.lock_period", of(company, period))
    async with db.reading(SYSTEM) as tx:
        assert (await service.get_books(tx, company)).closed_through is None


async def test_a_period_is_over_at_midnight_there(company: CompanyId, act: Act) -> None:
    with pytest.raises(PeriodNotOver):
        await act("ledger.lock_period", of(company, 202601), at=datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC))
    await act("ledger.lock_period", of(company, 202601), at=datetime(2026, 1, 31, 16, tzinfo=UTC))


async def test_locking_while_it_is_posted_waits_for_all_of_the_period(
    db: Database, company: CompanyId, act: Act, ledger_reader: Reader
) -> None:
    fields = RECEIVED | {"company_id": str(company)}
    for times in (1, 2, 3):
        await record_all(db, [("inventory.received.v1", fields, MID_JANUARY, None)] * 50)
        locking = act("ledger.lock_period", of(company, 202601))
        _, outcome = await asyncio.gather(ledger_reader.drain(), locking, return_exceptions=True)
        if isinstance(outcome, EventsWaiting):  # it came before the posting had ended
            outcome = await act("ledger.lock_period", of(company, 202601))
        assert not isinstance(outcome, BaseException)
        assert [entry.period for entry in await vouchers(db, company)] == [202601] * 50 * times
        await act("ledger.unlock_period", of(company, 202601))


def test_periods_follow_each_other_over_the_year() -> None:
    assert (next_period(202512), next_period(202601)) == (202601, 202602)
    assert (previous_period(202601), previous_period(202512)) == (202512, 202511)
