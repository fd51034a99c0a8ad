"""Manual vouchers and reversals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.ledger.contract import (
    NOBODY,
    Books,
    Entry,
    EntryId,
    EntryLine,
    Posted,
    PostEntry,
    ReverseEntry,
)
from shangmai.modules.ledger.contract.errors import (
    AccountNotFound,
    BooksNotOpen,
    EntryAlreadyReversed,
    EntryComesToNothing,
    EntryNotFound,
    PeriodClosed,
    RateNotFound,
    ReversalNotReversible,
)
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.queries import entries
from shangmai.modules.ledger.rules import vouchers
from shangmai.modules.ledger.rules.vouchers import Draft, DraftLine
from shangmai.modules.ledger.service import posting
from shangmai.modules.organization.contract import CompanyId


@action(
    "ledger.post_entry",
    grant="ledger.post_entry",
    many=True,
    scope=lambda do: {"company": do.company_id},
    inverse="ledger.reverse_entry",
)
async def post_entry(tx: Tx, do: Sequence[PostEntry]) -> list[Posted | AppError]:
    """Post manual vouchers: fees, bad debts, capital, closing entries. Debits must equal credits.

    Sides are paired in their order. A voucher dated in a closed period is refused: only whoever writes it can say where
    it belongs. Locks the companies' books.
    """
    books = await books_table.lock_books(tx, {one.company_id for one in do})
    codes = await books_table.codes_of(tx, books)
    rates = await _day_rates(tx, do, books)
    outcomes: list[Draft | AppError] = []
    for one, item in zip(do, tx.items, strict=True):
        try:
            outcomes.append(_drafted(one, item, books, codes, rates))
        except AppError as refusal:
            outcomes.append(refusal)
    posted = iter(await posting.write(tx, [draft for draft in outcomes if isinstance(draft, Draft)], books))
    return [next(posted) if isinstance(outcome, Draft) else outcome for outcome in outcomes]


def _drafted(
    do: PostEntry,
    item: Item,
    books: Mapping[CompanyId, Books],
    codes: Mapping[CompanyId, set[str]],
    rates: Mapping[books_table.RateKey, Decimal],
) -> Draft:
    """The voucher ready to be written.

    Raises: BooksNotOpen, PeriodClosed, AccountNotFound, RateNotFound, RateInvalid, EntryUnbalanced and its like.
    """
    of = books.get(do.company_id)
    if of is None:
        raise BooksNotOpen(company_id=do.company_id)
    check_open(vouchers.period_of(item.now, of), of)
    lines = vouchers.pair(do.lines)
    for account in posting.missing_accounts(lines, codes[do.company_id]):
        raise AccountNotFound(account=account)
    currency = do.currency or of.currency
    rate = _rate(do, currency, item, of, rates)
    lines = vouchers.convert(lines, currency, of.currency, rate)
    if not lines:
        raise EntryComesToNothing(rate=rate, currency=of.currency)
    return Draft(
        company_id=do.company_id, item=item, at=item.now, summary=do.summary, currency=currency, rate=rate, lines=lines
    )


def check_open(period: int, books: Books) -> None:
    """Raises: PeriodClosed."""
    if vouchers.is_closed(period, books):
        raise PeriodClosed(period=period, closed_through=books.closed_through)


def _rate(
    do: PostEntry, currency: str, item: Item, books: Books, rates: Mapping[books_table.RateKey, Decimal]
) -> Decimal:
    """The voucher's own rate, else the day's."""
    day = vouchers.day_of(item.now, books)
    day_rate = posting.SAME if currency == books.currency else rates.get((currency, books.currency, day))
    rate = day_rate if do.rate is None else do.rate
    if rate is None:
        raise RateNotFound(currency=currency, quote=books.currency, day=day, days=vouchers.RATE_AGE_DAYS_MAX - 1)
    vouchers.check_rate(currency, books.currency, rate)
    return rate


async def _day_rates(
    tx: Tx, do: Sequence[PostEntry], books: Mapping[CompanyId, Books]
) -> Mapping[books_table.RateKey, Decimal]:
    """The rates of the day that these vouchers need, as far as there are any."""
    keys = {
        (one.currency, of.currency, vouchers.day_of(item.now, of))
        for one, item in zip(do, tx.items, strict=True)
        if (of := books.get(one.company_id)) and one.currency and one.currency != of.currency and one.rate is None
    }
    return await books_table.rates_on(tx, keys, vouchers.RATE_AGE_DAYS_MAX) if keys else {}


@action("ledger.reverse_entry", grant="ledger.reverse_entry", errors=[EntryNotFound, EntryAlreadyReversed])
async def reverse_entry(tx: Tx, do: ReverseEntry) -> Posted:
    """Reverse a voucher: the same sides and amounts once more, in red, at the present time. Once only.

    Raises: EntryNotFound, EntryAlreadyReversed, ReversalNotReversible, PeriodClosed.
    """
    company_id = await entries.company_of(tx, do.entry_id)
    if company_id is None:
        raise EntryNotFound(entry=do.entry_id)
    books = await posting.locked(tx, {company_id})
    check_open(vouchers.period_of(tx.now, books[company_id]), books[company_id])
    entry = await _reversible(tx, do.entry_id)
    [posted] = await posting.write(tx, [_reversal(entry, do.reason, tx.items[0])], books)
    return posted


async def _reversible(tx: Tx, entry_id: EntryId) -> Entry:
    """The entry as it stands now that its books are locked."""
    entry = await entries.find(tx, entry_id)
    assert entry is not None, "an entry is never deleted"
    if entry.reversal_of is not None:
        raise ReversalNotReversible(number=entry.number)
    if entry.reversed_by is not None:
        raise EntryAlreadyReversed(number=entry.number)
    return entry


def _reversal(entry: Entry, reason: str, item: Item) -> Draft:
    return Draft(
        company_id=entry.company_id,
        item=item,
        at=item.now,
        summary=f"红字冲销 {entry.number}：{reason}",
        currency=entry.currency,
        rate=entry.rate,
        lines=vouchers.reversed_lines(map(_drafted_line, entry.lines)),
        reversal_of=entry.id,
    )


def _drafted_line(line: EntryLine) -> DraftLine:
    return DraftLine(
        (line.debit_account, line.debit_party or NOBODY),
        (line.credit_account, line.credit_party or NOBODY),
        line.original_minor,
        line.amount_minor,
    )
