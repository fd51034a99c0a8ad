"""Events become vouchers, by rules that are data; and the one place where vouchers are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from shangmai.kernel.books.contract import Post
from shangmai.kernel.events.contract import Delivery
from shangmai.kernel.ids import new_ids
from shangmai.kernel.months import ensure_month
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.ledger.contract import (
    Books,
    EntryId,
    Posted,
    Rule,
)
from shangmai.modules.ledger.contract.errors import (
    AccountNotFound,
    BooksNotOpen,
    EventUnfit,
    RateNotFound,
)
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.queries import entries, money, rules
from shangmai.modules.ledger.rules import matching, vouchers
from shangmai.modules.ledger.rules.chart import DEFAULT_EVENTS
from shangmai.modules.ledger.rules.vouchers import AccountKey, Draft, DraftLine
from shangmai.modules.organization.contract import CompanyId

SAME: Decimal = Decimal(1)


class _Subject(msgspec.Struct, frozen=True):
    """An event that the ledger watches, with its origin, its company and its fields."""

    delivery: Delivery
    item: Item
    company_id: CompanyId
    fields: dict[str, Any]


async def watched_events(tx: Tx) -> frozenset[str]:
    """The names of the events that rules post, or posted once, and of those that books are opened with."""
    return DEFAULT_EVENTS | await rules.watched_events(tx)


async def post_events(tx: Tx, deliveries: Sequence[Delivery], *, only: Collection[str] | None = None) -> list[Posted]:
    """Post the vouchers that the active rules make of these events, in their order.

    An event that was posted by a rule before is not posted by it again. One whose period is closed is posted to the
    first open one, with its day in the summary. `only` names the rules to post by; None: all. Locks the books of the
    companies concerned.
    Raises: BooksNotOpen, EventUnfit, AccountNotFound, RateNotFound; then nothing is posted.
    """
    known = await rules.of_events(tx, {delivery.name for delivery in deliveries})
    watched = DEFAULT_EVENTS | {rule.event for rule in known}
    subjects = [_subject(d, item) for d, item in zip(deliveries, tx.items, strict=True) if d.name in watched]
    if not subjects:
        return []
    books = await locked(tx, {subject.company_id for subject in subjects})
    done = await entries.posted_by_rules(tx, [subject.delivery.id for subject in subjects])
    drafts = [
        _draft(subject, rule, books[subject.company_id], lines)
        for subject in subjects
        for rule in matching.applicable(known, subject.company_id, subject.delivery.name, subject.delivery.at)
        if (only is None or rule.name in only)
        and (subject.company_id, subject.delivery.id, rule.name) not in done
        and (lines := matching.lines_of(rule, subject.fields))
    ]
    await check_accounts(tx, drafts)
    return await write(tx, await converted(tx, drafts, books), books)


def _subject(delivery: Delivery, item: Item) -> _Subject:
    fields = delivery.fields
    try:
        return _Subject(delivery, item, CompanyId(UUID(fields["company_id"])), fields)
    except (KeyError, ValueError, AttributeError, TypeError):
        raise EventUnfit(event=delivery.name, rule="*", reason="it does not say which company it is of") from None


def _draft(subject: _Subject, rule: Rule, books: Books, lines: list[DraftLine]) -> Draft:
    at, summary = subject.delivery.at, matching.summary_of(rule, subject.fields)
    posted_at = vouchers.posting_time(at, books)
    return Draft(
        company_id=subject.company_id,
        item=subject.item,
        at=posted_at,
        summary=summary if posted_at == at else summary + vouchers.late_note(at, books),
        currency=subject.fields.get("currency") or books.currency,
        rate=SAME,
        lines=lines,
        rule=rule.name,
        rule_version=rule.version,
    )


async def locked(tx: Tx, companies: set[CompanyId]) -> dict[CompanyId, Books]:
    """The companies' books, locked. Raises: BooksNotOpen."""
    books = await books_table.lock_books(tx, companies)
    for company_id in companies - books.keys():
        raise BooksNotOpen(company_id=company_id)
    return books


async def check_accounts(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Raises: AccountNotFound."""
    codes = await books_table.codes_of(tx, {draft.company_id for draft in drafts})
    for draft in drafts:
        for account in missing_accounts(draft.lines, codes[draft.company_id]):
            raise AccountNotFound(account=account)


def missing_accounts(lines: Sequence[DraftLine], codes: set[str]) -> list[str]:
    return [key[0] for line in lines for key in (line.debit, line.credit) if key[0] not in codes]


async def converted(tx: Tx, drafts: Sequence[Draft], books: Mapping[CompanyId, Books]) -> list[Draft]:
    """The drafts with their amounts in the company's currency, at the rate of their business day.

    A draft that comes to nothing there is left out. Raises: RateNotFound.
    """
    keys = {_rate_key(draft, books) for draft in drafts if draft.currency != books[draft.company_id].currency}
    if not keys:
        return list(drafts)
    found = await books_table.rates_on(tx, keys, vouchers.RATE_AGE_DAYS_MAX)
    for currency, quote, day in sorted(keys - found.keys()):
        raise RateNotFound(currency=currency, quote=quote, day=day, days=vouchers.RATE_AGE_DAYS_MAX - 1)
    return [at_rate(draft, books, found.get(_rate_key(draft, books), SAME)) for draft in drafts]


def at_rate(draft: Draft, books: Mapping[CompanyId, Books], rate: Decimal) -> Draft:
    lines = vouchers.convert(draft.lines, draft.currency, books[draft.company_id].currency, rate)
    return msgspec.structs.replace(draft, rate=rate, lines=lines)


def _rate_key(draft: Draft, books: Mapping[CompanyId, Books]) -> books_table.RateKey:
    of = books[draft.company_id]
    return draft.currency, of.currency, vouchers.day_of(draft.item.now, of)


# --- writing -------------------------------------------------------------------------------------------------------


async def write(tx: Tx, drafts: Sequence[Draft], books: Mapping[CompanyId, Books]) -> list[Posted]:
    """Number the drafts in their order and write them; the books are locked. One without lines is left out."""
    drafts = [draft for draft in drafts if draft.lines]
    if not drafts:
        return []
    rows = await _numbered(tx, drafts, books)
    await _ensure_months(tx, drafts)
    await entries.write(tx, rows)
    await money.post(tx, [_transfer(row, n, line) for row in rows for n, line in enumerate(row.draft.lines, 1)])
    return [
        Posted(entry_id=row.id, number=vouchers.voucher_number(row.period, row.number), period=row.period)
        for row in rows
    ]


async def _numbered(tx: Tx, drafts: Sequence[Draft], books: Mapping[CompanyId, Books]) -> list[entries.Row]:
    keys = [(draft.company_id, vouchers.period_of(draft.at, books[draft.company_id])) for draft in drafts]
    following = await entries.take_numbers(tx, Counter(keys))
    rows = []
    for id_, draft, key in zip(new_ids(len(drafts)), drafts, keys, strict=True):
        rows.append(entries.Row(EntryId(id_), draft, key[1], following[key]))
        following[key] += 1
    return rows


def _transfer(row: entries.Row, number: int, line: DraftLine) -> Post:
    """A line as a transfer: from its credit account to its debit account, the other way when it is red."""
    draft = row.draft
    source, target = (line.credit, line.debit) if line.amount_minor > 0 else (line.debit, line.credit)
    return Post(
        debit=_book_key(draft, source),
        credit=_book_key(draft, target),
        amount=abs(line.amount_minor),
        doc=row.id,
        line=number,
        item=draft.item if draft.at == draft.item.now else msgspec.structs.replace(draft.item, now=draft.at),
    )


def _book_key(draft: Draft, key: AccountKey) -> tuple[CompanyId, str, UUID]:
    return draft.company_id, *key


async def _ensure_months(tx: Tx, drafts: Sequence[Draft]) -> None:
    """Make the partitions for vouchers that a closed period has moved to a month in which nothing happened yet."""
    moved = {(at.year, at.month): at for at in map(_moved_to, drafts) if at is not None}
    for month in sorted(moved):
        await ensure_month(tx, moved[month])


def _moved_to(draft: Draft) -> datetime | None:
    return None if draft.at == draft.item.now else draft.at
