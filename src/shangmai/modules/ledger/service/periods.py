"""Closing periods and opening them again."""

from __future__ import annotations

from datetime import datetime

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import (
    POSTING,
    Books,
    LockPeriod,
    PeriodLocked,
    PeriodUnlocked,
    UnlockPeriod,
)
from shangmai.modules.ledger.contract.errors import (
    EventsWaiting,
    PeriodInvalid,
    PeriodNotOver,
)
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.rules import vouchers
from shangmai.modules.ledger.service.posting import locked, watched_events
from shangmai.modules.organization.contract import CompanyId


@action(
    "ledger.lock_period",
    grant="ledger.lock_period",
    scope=lambda do: {"company": do.company_id},
    inverse="ledger.unlock_period",
    errors=[PeriodNotOver, EventsWaiting],
)
async def lock_period(tx: Tx, do: LockPeriod) -> Books:
    """Close a period and all before it: nothing is posted there any more. Closing a closed one changes nothing.

    Refused while an event of that time waits to be posted or is parked. Events that come in later, with a business
    time in the closed period, go to the first open one.
    Raises: BooksNotOpen, PeriodInvalid, PeriodNotOver, EventsWaiting.
    """
    books = (await locked(tx, {do.company_id}))[do.company_id]
    _check(do.period)
    if vouchers.is_closed(do.period, books):
        return books
    end = vouchers.period_start(vouchers.next_period(do.period), books)
    if end > tx.now:
        raise PeriodNotOver(period=do.period)
    names = await watched_events(tx)
    if waiting := await books_table.count_waiting(tx, POSTING, do.company_id, names, end):
        raise EventsWaiting(period=do.period, waiting=waiting)
    tx.emit(PeriodLocked(company_id=do.company_id, period=do.period))
    return await books_table.set_closed_through(tx, do.company_id, do.period)


@action("ledger.unlock_period", grant="ledger.unlock_period", scope=lambda do: {"company": do.company_id})
async def unlock_period(tx: Tx, do: UnlockPeriod) -> Books:
    """Open a period again, and all after it. Opening an open one changes nothing.

    Raises: BooksNotOpen, PeriodInvalid.
    """
    books = (await locked(tx, {do.company_id}))[do.company_id]
    _check(do.period)
    if not vouchers.is_closed(do.period, books):
        return books
    tx.emit(PeriodUnlocked(company_id=do.company_id, period=do.period))
    return await books_table.set_closed_through(tx, do.company_id, vouchers.previous_period(do.period))


async def closed_period(tx: Tx, company_id: CompanyId, at: datetime) -> tuple[int, int] | None:
    """The period of a moment and the newest closed one, where that one is closed; else it stays open till the end.

    Locks the books: whoever closes the period meanwhile waits, and then counts what was emitted for it. Without books
    nothing is closed.
    """
    books = (await books_table.lock_books(tx, {company_id})).get(company_id)
    if books is None or books.closed_through is None:
        return None
    period = vouchers.period_of(at, books)
    return (period, books.closed_through) if vouchers.is_closed(period, books) else None


def _check(period: int) -> None:
    if not vouchers.is_period(period):
        raise PeriodInvalid(period=period)
