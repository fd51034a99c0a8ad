"""Sets of books, charts of accounts, exchange rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from shangmai.kernel.events.store import position
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import (
    Account,
    Books,
    ExchangeRate,
)
from shangmai.modules.organization.contract import CompanyId

BOOKS = "company_id, currency, timezone, closed_through, opened_at"

RateKey = tuple[str, str, date]


async def lock_books(tx: Tx, companies: Iterable[CompanyId]) -> dict[CompanyId, Books]:
    """The books of these companies, locked in order of id: their numbers, periods and reversals stand still."""
    rows = await tx.fetch(
        "SELECT " + BOOKS + " FROM ledger_books WHERE company_id = ANY ($1::uuid[]) ORDER BY company_id"
        " FOR NO KEY UPDATE",
        list(set(companies)),
    )
    return {row["company_id"]: Books(**row) for row in rows}


async def lock_all_books(tx: Tx) -> list[Books]:
    rows = await tx.fetch("SELECT " + BOOKS + " FROM ledger_books ORDER BY company_id FOR NO KEY UPDATE")
    return [Books(**row) for row in rows]


async def find_books(tx: Tx, companies: Iterable[CompanyId]) -> dict[CompanyId, Books]:
    rows = await tx.fetch(
        "SELECT " + BOOKS + " FROM ledger_books WHERE company_id = ANY ($1::uuid[])", list(set(companies))
    )
    return {row["company_id"]: Books(**row) for row in rows}


async def insert_books(tx: Tx, books: Sequence[Books]) -> None:
    """Open books; those open already stay as they are."""
    await tx.execute(
        "INSERT INTO ledger_books (company_id, currency, timezone, opened_at) SELECT * FROM"
        " unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) ON CONFLICT (company_id) DO NOTHING",
        [b.company_id for b in books],
        [b.currency for b in books],
        [b.timezone for b in books],
        [b.opened_at for b in books],
    )


async def set_closed_through(tx: Tx, company_id: CompanyId, period: int) -> Books:
    row = await tx.fetchrow(
        "UPDATE ledger_books SET closed_through = $2 WHERE company_id = $1 RETURNING " + BOOKS, company_id, period
    )
    assert row is not None, "the books were locked before"
    return Books(**row)


async def count_waiting(tx: Tx, consumer: str, company_id: CompanyId, names: Collection[str], end: datetime) -> int:
    """How many of a company's events before `end` the consumer has still to handle, or has parked (up to 10,000).

    An event counts as handled as the kernel's reader sees it: visible in the snapshots that its cursor keeps.
    """
    at = await position(tx, consumer, 0)
    waiting: int = await tx.fetchval(
        "SELECT count(*) FROM ("
        "(SELECT 1 FROM events WHERE xid >= pg_snapshot_xmin($1::text::pg_snapshot)"
        " AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)"
        " AND ($2::text IS NULL OR NOT pg_visible_in_snapshot(xid, $2::text::pg_snapshot) OR seq > $3)"
        " AND name = ANY ($4::text[]) AND at < $5 AND payload ->> 'company_id' = $6::text LIMIT 10000)"
        " UNION ALL "
        "(SELECT 1 FROM event_parked p JOIN events e ON e.id = p.event_id WHERE p.consumer = $7"
        " AND e.name = ANY ($4::text[]) AND e.at < $5 AND e.payload ->> 'company_id' = $6::text LIMIT 10000)) AS w",
        at.done,
        at.window,
        at.seq,
        sorted(names),
        end,
        str(company_id),
        consumer,
    )
    return waiting


# --- charts --------------------------------------------------------------------------------------------------------


async def insert_accounts(tx: Tx, companies: Sequence[CompanyId], accounts: Sequence[Account]) -> None:
    """Give every company these accounts, each after its parent; those that it has already stay as they are."""
    await tx.execute(
        "INSERT INTO ledger_accounts (company_id, code, zh, en, kind, normal_side, parent)"
        " SELECT c.id, a.* FROM unnest($1::uuid[]) AS c (id), unnest("
        "$2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS a"
        " ON CONFLICT (company_id, code) DO NOTHING",
        list(companies),
        [a.code for a in accounts],
        [a.zh for a in accounts],
        [a.en for a in accounts],
        [a.kind.value for a in accounts],
        [a.normal_side.value for a in accounts],
        [a.parent for a in accounts],
    )


async def lacking_accounts(tx: Tx, codes: Collection[str]) -> dict[CompanyId, set[str]]:
    """Which of these codes are missing, for each set of books that lacks one."""
    rows = await tx.fetch(
        "SELECT b.company_id, c.code FROM ledger_books b CROSS JOIN unnest($1::text[]) AS c (code) WHERE NOT EXISTS"
        " (SELECT FROM ledger_accounts a WHERE a.company_id = b.company_id AND a.code = c.code)",
        sorted(codes),
    )
    lacking: dict[CompanyId, set[str]] = defaultdict(set)
    for row in rows:
        lacking[row["company_id"]].add(row["code"])
    return lacking


async def are_any(tx: Tx) -> bool:
    """Whether any books are open."""
    found: bool = await tx.fetchval("SELECT EXISTS (SELECT FROM ledger_books)")
    return found


async def list_accounts(tx: Tx, company_id: CompanyId) -> list[Account]:
    rows = await tx.fetch(
        "SELECT code, zh, en, kind, normal_side, parent FROM ledger_accounts WHERE company_id = $1"
        ' ORDER BY code COLLATE "C"',
        company_id,
    )
    return [msgspec.convert(dict(row), Account) for row in rows]


async def codes_of(tx: Tx, companies: Iterable[CompanyId]) -> dict[CompanyId, set[str]]:
    """The account codes of these companies."""
    rows = await tx.fetch(
        "SELECT company_id, code FROM ledger_accounts WHERE company_id = ANY ($1::uuid[])", list(set(companies))
    )
    codes: dict[CompanyId, set[str]] = defaultdict(set)
    for row in rows:
        codes[row["company_id"]].add(row["code"])
    return codes


# --- rates ---------------------------------------------------------------------------------------------------------


async def upsert_rate(tx: Tx, rate: ExchangeRate, cause: UUID) -> None:
    await tx.execute(
        "INSERT INTO ledger_rates (currency, quote, day, rate, source, cause) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (currency, quote, day) DO UPDATE SET rate = $4, source = $5, cause = $6",
        rate.currency,
        rate.quote,
        rate.day,
        rate.rate,
        rate.source,
        cause,
    )


async def rates_on(tx: Tx, keys: Collection[RateKey], age_days_max: int) -> Mapping[RateKey, Decimal]:
    """The newest rate of each currency pair at its day, no older than that; a key without one is missing."""
    ordered = sorted(keys)
    rows = await tx.fetch(
        "SELECT k.currency, k.quote, k.day, r.rate FROM unnest($1::text[], $2::text[], $3::date[])"
        " AS k (currency, quote, day) CROSS JOIN LATERAL (SELECT rate FROM ledger_rates r WHERE"
        " r.currency = k.currency AND r.quote = k.quote AND r.day <= k.day AND r.day > k.day - $4::integer"
        " ORDER BY r.day DESC LIMIT 1) AS r",
        [currency for currency, _, _ in ordered],
        [quote for _, quote, _ in ordered],
        [day for _, _, day in ordered],
        age_days_max,
    )
    return {(row["currency"], row["quote"], row["day"]): row["rate"] for row in rows}
