"""What can be read of the ledger: balances, the trial balance, vouchers, an account's detail, the proof."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.actions.origins import origins_of
from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.events.store import find_event
from shangmai.kernel.http.paging import Page, decode_cursor, encode_cursor
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import (
    NOBODY,
    Account,
    AccountLine,
    Books,
    Entry,
    EntryCause,
    EntryId,
    ResultLine,
    Rule,
    Side,
    TrialBalance,
    TrialLine,
)
from shangmai.modules.ledger.contract.errors import (
    AccountNotFound,
    BooksNotOpen,
    EntryNotFound,
)
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.queries import entries, money, proving, reading, rules
from shangmai.modules.ledger.rules import vouchers
from shangmai.modules.organization.contract import CompanyId


async def get_books(tx: Tx, company_id: CompanyId) -> Books:
    """Raises: BooksNotOpen."""
    books = await books_table.find_books(tx, [company_id])
    if company_id not in books:
        raise BooksNotOpen(company_id=company_id)
    return books[company_id]


async def list_accounts(tx: Tx, company_id: CompanyId) -> list[Account]:
    """The chart of accounts by code. Raises: BooksNotOpen."""
    await get_books(tx, company_id)
    return await books_table.list_accounts(tx, company_id)


async def list_rules(tx: Tx, company_id: CompanyId) -> list[Rule]:
    """A company's rules and the general ones, every version."""
    return await rules.list_rules(tx, company_id)


# --- balances ------------------------------------------------------------------------------------------------------


async def trial_balance(tx: Tx, company_id: CompanyId, period: int | None = None) -> TrialBalance:
    """The accounts' opening balance, turnover and closing balance of a period; without one, of everything so far.

    Reads totals by period, so it takes the same time however many vouchers there are. Raises: BooksNotOpen.
    """
    books = await get_books(tx, company_id)
    lines = [_trial_line(row) for row in await reading.trial_rows(tx, company_id, period)]
    return TrialBalance(
        company_id=company_id,
        period=period,
        currency=books.currency,
        lines=lines,
        debit_minor=sum(line.debit_minor for line in lines),
        credit_minor=sum(line.credit_minor for line in lines),
        total_minor=sum(line.closing_minor for line in lines),
    )


def _trial_line(row: Record) -> TrialLine:
    closing = row["opening_minor"] + row["debit_minor"] - row["credit_minor"]
    return TrialLine(**row, closing_minor=closing)


async def account_balance(tx: Tx, company_id: CompanyId, account: str, party_id: UUID | None = None) -> int:
    """Debits − credits of an account, or of a party's share of it, in minor units; zero where nothing was posted."""
    if party_id is None:
        return await reading.balance(tx, company_id, account)
    return await reading.party_balance(tx, company_id, account, party_id)


async def account_ledger(
    tx: Tx,
    company_id: CompanyId,
    account: str,
    *,
    period: int | None = None,
    party_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AccountLine]:
    """An account's lines with the balance after each, from a period's first or from the beginning, oldest number first.

    The cursor carries the balance on. Raises: AccountNotFound, BadCursor.
    """
    if account not in (await books_table.codes_of(tx, [company_id])).get(company_id, ()):
        raise AccountNotFound(account=account)
    after = decode_cursor(cursor, int, int, int, int, int)
    if after is None:
        after = (period or 0, 0, 0, 0, await _opening(tx, company_id, account, party_id, period))
    *place, balance = after
    rows = await reading.account_rows(tx, company_id, account, party_id, place, limit + 1)
    lines = []
    for row in rows[:limit]:
        balance += row["debit_minor"] - row["credit_minor"]
        lines.append(_account_line(row, balance))
    return Page(items=lines, next=_after(rows[limit - 1], balance) if len(rows) > limit else None)


async def _opening(tx: Tx, company_id: CompanyId, account: str, party_id: UUID | None, period: int | None) -> int:
    if period is None:
        return 0
    if party_id is None:
        return await reading.balance(tx, company_id, account, before=period)
    return await reading.party_balance(tx, company_id, account, party_id, before=period)


def _after(row: Record, balance: int) -> str:
    return encode_cursor(row["period"], row["number"], row["line"], row["side"], balance)


def _account_line(row: Record, balance: int) -> AccountLine:
    fields = dict(row)
    side = Side.CREDIT if fields.pop("side") else Side.DEBIT
    number = vouchers.voucher_number(row["period"], row["number"])
    return AccountLine(**(fields | {"number": number, "side": side, "balance_minor": balance}))


# --- vouchers ------------------------------------------------------------------------------------------------------


async def get_entry(tx: Tx, entry_id: EntryId) -> Entry:
    """Raises: EntryNotFound."""
    entry = await entries.find(tx, entry_id)
    if entry is None:
        raise EntryNotFound(entry=entry_id)
    return entry


async def get_entry_by_number(tx: Tx, company_id: CompanyId, number: str) -> Entry:
    """The voucher of a number as people write it, 记-202601-000123. Raises: EntryNotFound."""
    parsed = vouchers.parse_voucher_number(number)
    entry = None if parsed is None else await entries.find_by_number(tx, company_id, *parsed)
    if entry is None:
        raise EntryNotFound(entry=number[:40])
    return entry


async def list_entries(
    tx: Tx, company_id: CompanyId, *, period: int | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Entry]:
    """A company's vouchers with their lines, the newest number first. Raises: BadCursor."""
    found = await entries.newest_first(tx, company_id, period, decode_cursor(cursor, int, int), limit + 1)
    shown = found[:limit]
    last = vouchers.parse_voucher_number(shown[-1].number) if len(found) > limit else None
    return Page(items=shown, next=encode_cursor(*last) if last else None)


async def list_entries_of(tx: Tx, cause: UUID) -> list[Entry]:
    """The vouchers that an event or an action has made."""
    return await entries.of_cause(tx, cause)


async def cause_of(tx: Tx, entry_id: EntryId) -> EntryCause:
    """What made a voucher. Raises: EntryNotFound."""
    entry = await get_entry(tx, entry_id)
    told = await find_event(tx, entry.cause)
    cause = entry.cause if told is None else told.cause
    origin = (await origins_of(tx, {cause}))[cause]
    fields = {} if told is None else told.fields
    order = fields.get("order_id")
    return EntryCause(
        event=None if told is None else told.name,
        at=entry.at if told is None else told.at,
        fields=fields,
        order_id=None if order is None else UUID(order),
        action=origin.action,
        by=origin.by,
        door=origin.door,
    )


async def result_of(tx: Tx, causes: Collection[UUID]) -> list[ResultLine]:
    """What these events earned and cost by account, in the currency of the books; in the caller's companies."""
    return [ResultLine(**row) for row in await reading.result_rows(tx, causes)]


# --- proof ---------------------------------------------------------------------------------------------------------


async def prove(tx: Tx) -> list[Divergence]:
    """Re-add everything: lines are transfers, totals are lines, the trial balance is zero, numbers have no gap.

    Empty when the ledger is sound. Reads every line and transfer.
    """
    return await money.prove(tx) + await proving.diverging(tx, NOBODY)


async def rates_on(tx: Tx, wanted: Collection[tuple[str, str, date]]) -> Mapping[tuple[str, str, date], Decimal]:
    """Give the stored rate of each (currency, quote, business day): units of quote for one of currency.

    The newest of that day or the month before it; a pair without one is missing. One statement.
    """
    return await books_table.rates_on(tx, wanted, vouchers.RATE_AGE_DAYS_MAX) if wanted else {}
