"""Comparing providers' bills with what is recorded here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.sheets import Sheet, SheetEmpty, SheetOptions, open_sheet
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.payments.contract import PaymentKind
from shangmai.modules.payments.contract.statements import (
    ENTRIES_MAX,
    LineVerdict,
    NothingToSettle,
    PeriodEmpty,
    Rechecked,
    RecheckStatement,
    RecordStatement,
    SettleStatementLine,
    Statement,
    StatementEmpty,
    StatementEntry,
    StatementId,
    StatementLine,
    StatementLineId,
    StatementLineNotFound,
    StatementLineSettled,
    StatementNotFound,
    StatementRecorded,
    StatementTooLong,
    StatementUnknown,
)
from shangmai.modules.payments.queries import statements as queries
from shangmai.modules.payments.rules.statements import (
    Fits,
    Layout,
    Own,
    compare,
    layout_of,
    period_of,
    read_entries,
)

HEADER_ROWS: Final = 12
"""So many lines may stand before the headers of a bill."""


@action(
    "payments.record_statement",
    grant="payments.reconcile",
    many=True,
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, PeriodEmpty],
)
async def record_statement(tx: Tx, do: Sequence[RecordStatement]) -> list[Statement | AppError]:
    """Compare a provider's bill with the payments and refunds recorded here, and keep what fits and what does not.

    Ours of the period that neither this bill nor an earlier one has is missing there; what an earlier one was missing
    and this one has is done with. The same file is taken once. Event payments.statement_recorded.v1.
    """
    companies = await organization.get_companies(tx, {each.company_id for each in do})
    outcomes: list[Statement | AppError] = []
    for each, item in zip(do, tx.items, strict=True):
        company = companies.get(each.company_id)
        if company is None:
            outcomes.append(CompanyNotFound(company_id=each.company_id))
        elif each.until <= each.since:
            outcomes.append(PeriodEmpty())
        else:
            outcomes.append(await _record(tx, each, company.currency, item))
    return outcomes


async def _record(tx: Tx, do: RecordStatement, currency: str, item: Item) -> Statement:
    await queries.lock(tx, do.company_id, do.provider)
    known = await queries.find_file(tx, do)
    if known is not None:
        return await get_statement(tx, known)
    id_ = StatementId(new_id())
    ours = await queries.ours_named(tx, do.company_id, do.provider, do.entries)
    fits = compare(do.entries, ours)
    met = {fit.own.id for fit in fits if fit.own is not None}
    rest = await queries.ours_within(tx, do.company_id, do.provider, do.since, do.until, met)
    lines = [_line(id_, entry, fit) for entry, fit in zip(do.entries, fits, strict=True)]
    lines += [_missing_there(id_, own) for own in rest]
    await queries.insert(tx, id_, do, currency, _sums(do.entries), item.now, item.cause)
    await queries.settle_met(tx, do.company_id, met, do.file_name, item.now)
    await queries.insert_lines(tx, do, lines)
    made = await get_statement(tx, id_)
    told = StatementRecorded(
        statement_id=id_, company_id=do.company_id, provider=do.provider, lines=made.lines, open=made.open
    )
    tx.emit(told, item)
    return made


def _sums(entries: Sequence[StatementEntry]) -> tuple[int, int, int]:
    """What came, what went back, what the provider keeps."""
    paid = sum(entry.amount_minor for entry in entries if entry.kind is PaymentKind.PAYMENT)
    whole = sum(entry.amount_minor for entry in entries)
    return paid, whole - paid, sum(entry.fee_minor for entry in entries)


def _line(id_: StatementId, entry: StatementEntry, fit: Fits) -> StatementLine:
    return StatementLine(
        id=StatementLineId(new_id()),
        statement_id=id_,
        verdict=fit.verdict,
        kind=entry.kind,
        transaction=entry.transaction,
        own_number=entry.own_number,
        at=entry.at,
        theirs_minor=entry.amount_minor,
        fee_minor=entry.fee_minor,
        ours_minor=None if fit.own is None else fit.own.amount_minor,
        own_id=None if fit.own is None else fit.own.id,
        order_id=None if fit.own is None else fit.own.order_id,
        settled_at=None,
        note="",
    )


def _missing_there(id_: StatementId, own: Own) -> StatementLine:
    return StatementLine(
        id=StatementLineId(new_id()),
        statement_id=id_,
        verdict=LineVerdict.MISSING_THERE,
        kind=own.kind,
        transaction=own.transaction,
        own_number=own.own_number,
        at=own.at,
        theirs_minor=None,
        fee_minor=0,
        ours_minor=own.amount_minor,
        own_id=own.id,
        order_id=own.order_id,
        settled_at=None,
        note="",
    )


@action(
    "payments.settle_statement_line",
    grant="payments.reconcile",
    errors=[StatementLineNotFound, NothingToSettle],
)
async def settle_statement_line(tx: Tx, do: SettleStatementLine) -> StatementLine:
    """Note how a line that did not fit was seen to; it is open no longer. Again, the note is replaced.

    Event payments.statement_line_settled.v1. Raises: StatementLineNotFound, NothingToSettle.
    """
    found = await queries.lock_line(tx, do.line_id)
    if found is None:
        raise StatementLineNotFound(line_id=do.line_id)
    line, company_id = found
    if line.verdict is LineVerdict.MATCHED:
        raise NothingToSettle(line_id=do.line_id)
    await queries.settle(tx, line.id, do.note)
    tx.emit(StatementLineSettled(line_id=line.id, statement_id=line.statement_id, company_id=company_id))
    settled = await queries.lock_line(tx, do.line_id)
    assert settled is not None, "it is locked by us"
    return settled[0]


@action("payments.recheck_statement", grant="payments.reconcile", errors=[StatementNotFound])
async def recheck_statement(tx: Tx, do: RecheckStatement) -> Rechecked:
    """Look again for money that was missing here, as when a payment was recorded later. Raises: StatementNotFound."""
    statement = await get_statement(tx, do.statement_id)
    await queries.lock(tx, statement.company_id, statement.provider)
    missing = await queries.lock_missing_here(tx, do.statement_id)
    entries = [
        StatementEntry(
            kind=line.kind,
            transaction=line.transaction,
            own_number=line.own_number,
            amount_minor=line.theirs_minor or 0,
            at=line.at,
        )
        for line in missing
    ]
    ours = await queries.ours_named(tx, statement.company_id, statement.provider, entries)
    fits = [(line.id, fit) for line, fit in zip(missing, compare(entries, ours), strict=True) if fit.own is not None]
    await queries.refit(tx, fits)
    return Rechecked(found=len(fits), open=(await get_statement(tx, do.statement_id)).open)


async def get_statement(tx: Tx, id_: StatementId) -> Statement:
    """Raises: StatementNotFound."""
    found = await queries.get(tx, id_)
    if found is None:
        raise StatementNotFound(statement_id=id_)
    return found


def read_statement(
    path: Path, currency: str, company_id: CompanyId, provider: str, since: datetime | None, until: datetime | None
) -> RecordStatement:
    """A provider's bill from its file; without a period, of the days that its movements lie in.

    Raises: StatementUnknown, StatementRowUnreadable, StatementEmpty, StatementTooLong, and what `open_sheet` raises.
    """
    layout, sheet = _open(path)
    entries = read_entries(layout, sheet.headers, sheet, currency)
    if not entries:
        raise StatementEmpty()
    if len(entries) > ENTRIES_MAX:
        raise StatementTooLong(max=ENTRIES_MAX)
    first, last = period_of(entries)
    return RecordStatement(
        company_id=company_id,
        provider=provider,
        since=since or first,
        until=until or last,
        file_name=path.name,
        file_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        entries=tuple(entries),
    )


def _open(path: Path) -> tuple[Layout, Sheet]:
    """The sheet from its headers on, which may stand below lines of a preamble. Raises: StatementUnknown."""
    for header_row in (None, *range(2, HEADER_ROWS)):
        try:
            sheet = open_sheet(path, SheetOptions(header_row=header_row))
        except SheetEmpty:
            if header_row is None:
                raise
            continue
        layout = layout_of(sheet.headers)
        if layout is not None:
            return layout, sheet
    raise StatementUnknown()
