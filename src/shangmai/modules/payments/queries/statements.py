"""The SQL of providers' bills."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract import PaymentKind
from shangmai.modules.payments.contract.statements import (
    LineVerdict,
    RecordStatement,
    Statement,
    StatementEntry,
    StatementId,
    StatementLine,
    StatementLineId,
)
from shangmai.modules.payments.rules.statements import Fits, Own

STATEMENT: Final = (
    "SELECT s.id, s.company_id, s.provider, s.since, s.until, s.file_name, s.currency, s.paid_minor, s.refunded_minor,"
    " s.fee_minor, s.recorded_at, s.fees_posted_at, s.fees_posted_minor,"
    " c.lines, c.matched, c.open FROM payment_statements s CROSS JOIN LATERAL ("
    "SELECT count(*) AS lines, count(*) FILTER (WHERE verdict = 'matched') AS matched,"
    " count(*) FILTER (WHERE verdict <> 'matched' AND settled_at IS NULL) AS open"
    " FROM payment_statement_lines l WHERE l.statement_id = s.id) c"
)
LINE: Final = (
    "id, statement_id, verdict, kind, transaction, own_number, at, theirs_minor, fee_minor, ours_minor, own_id,"
    " order_id, settled_at, note"
)
PAYMENTS: Final = (
    "SELECT id, kind, reference AS transaction, replace(coalesce(intent_id::text, ''), '-', '') AS own_number,"
    " amount_minor, order_id, at FROM payments WHERE kind = 'payment' AND company_id = $1 AND method = $2"
)
REFUNDS: Final = (
    "SELECT id, 'refund' AS kind, coalesce(answer, '') AS transaction, replace(id::text, '-', '') AS own_number,"
    " amount_minor, order_id, requested_at AS at FROM refund_calls WHERE company_id = $1 AND provider = $2"
)


async def lock(tx: Tx, company_id: CompanyId, provider: str) -> None:
    """Let one transaction at a time compare bills of this provider."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('payment_statements:' || $1 || ':' || $2, 0))",
        str(company_id),
        provider,
    )


async def find_file(tx: Tx, do: RecordStatement) -> StatementId | None:
    found: StatementId | None = await tx.fetchval(
        "SELECT id FROM payment_statements WHERE company_id = $1 AND provider = $2 AND file_sha256 = $3",
        do.company_id,
        do.provider,
        do.file_sha256,
    )
    return found


async def ours_named(tx: Tx, company_id: CompanyId, provider: str, entries: Sequence[StatementEntry]) -> list[Own]:
    """The money of ours that these entries name, by the provider's numbers or by ours."""
    numbers = list({entry.transaction for entry in entries})
    hexes = list({entry.own_number.replace("-", "").lower() for entry in entries if entry.own_number})
    paid = await tx.fetch(PAYMENTS + " AND reference = ANY ($3::text[])", company_id, provider, numbers)
    back = await tx.fetch(
        REFUNDS + " AND (answer = ANY ($3::text[]) OR replace(id::text, '-', '') = ANY ($4::text[]))",
        company_id,
        provider,
        numbers,
        hexes,
    )
    return [_own(row) for row in [*paid, *back]]


async def ours_within(
    tx: Tx, company_id: CompanyId, provider: str, since: datetime, until: datetime, but: Collection[UUID]
) -> list[Own]:
    """Our money of a period that no bill has had so far, without these; refunds that the provider has taken."""
    unmet = (
        " AND at >= $3 AND at < $4 AND id <> ALL ($5::uuid[]) AND NOT EXISTS (SELECT FROM payment_statement_lines l"
        " WHERE l.own_id = ours.id AND l.verdict <> 'missing_there')"
    )
    whole = f"{PAYMENTS} UNION ALL {REFUNDS} AND status IN ('processing', 'done')"
    rows = await tx.fetch(
        f"SELECT * FROM ({whole}) ours WHERE true{unmet} ORDER BY at, id",  # sql: parts of this file
        company_id,
        provider,
        since,
        until,
        list(but),
    )
    return [_own(row) for row in rows]


def _own(row: Record) -> Own:
    return Own(**{**row, "kind": PaymentKind(row["kind"])})


async def insert(
    tx: Tx, id_: StatementId, do: RecordStatement, currency: str, sums: tuple[int, int, int], now: datetime, cause: UUID
) -> None:
    await tx.execute(
        "INSERT INTO payment_statements (id, company_id, provider, since, until, file_name, file_sha256, currency,"
        " paid_minor, refunded_minor, fee_minor, recorded_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id_,
        do.company_id,
        do.provider,
        do.since,
        do.until,
        do.file_name,
        do.file_sha256,
        currency,
        *sums,
        now,
        cause,
    )


async def fees_to_post(tx: Tx, statement: Statement) -> int:
    """What the provider has kept by a bill: each movement once, also when it stands twice in it or in two bills."""
    fees: int = await tx.fetchval(
        "SELECT coalesce(sum(l.fee_minor), 0)::bigint FROM payment_statement_lines l WHERE l.statement_id = $1"
        " AND l.verdict <> 'repeated' AND NOT EXISTS (SELECT FROM payment_statement_lines o"
        " JOIN payment_statements s ON s.id = o.statement_id WHERE o.company_id = l.company_id"
        " AND o.transaction = l.transaction AND o.kind = l.kind AND o.own_number = l.own_number"
        " AND o.verdict NOT IN ('repeated', 'missing_there') AND s.id <> l.statement_id AND s.provider = $2"
        " AND s.fees_posted_at IS NOT NULL)",
        statement.id,
        statement.provider,
    )
    return fees


async def set_fees(tx: Tx, id_: StatementId, minor: int | None) -> None:
    """Note what of a bill's fees is posted; None: nothing any more."""
    await tx.execute(
        "UPDATE payment_statements SET fees_posted_minor = $2::bigint,"
        " fees_posted_at = CASE WHEN $2::bigint IS NULL THEN NULL ELSE $3::timestamptz END WHERE id = $1",
        id_,
        minor,
        tx.now,
    )


async def insert_lines(tx: Tx, do: RecordStatement, lines: Sequence[StatementLine]) -> None:
    columns: dict[str, list[Any]] = {name: [] for name in StatementLine.__struct_fields__}
    for line in lines:
        for name, values in columns.items():
            values.append(getattr(line, name))
    await tx.execute(
        f"INSERT INTO payment_statement_lines (company_id, {LINE}) SELECT $1, u.* FROM unnest($2::uuid[], $3::uuid[],"
        " $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bigint[], $10::bigint[],"
        " $11::bigint[], $12::uuid[], $13::uuid[], $14::timestamptz[], $15::text[]) AS u",
        do.company_id,
        *columns.values(),
    )


async def settle_met(tx: Tx, company_id: CompanyId, met: Collection[UUID], note: str, now: datetime) -> None:
    """Our money that an earlier bill did not have and this one does is done with."""
    await tx.execute(
        "UPDATE payment_statement_lines SET settled_at = $4, note = $3 WHERE company_id = $1 AND own_id = ANY ($2)"
        " AND verdict = 'missing_there' AND settled_at IS NULL",
        company_id,
        list(met),
        note,
        now,
    )


async def get(tx: Tx, id_: StatementId) -> Statement | None:
    row = await tx.fetchrow(STATEMENT + " WHERE s.id = $1", id_)
    return None if row is None else Statement(**row)


async def page(
    tx: Tx, company_id: CompanyId | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[Statement]:
    """The newest first."""
    rows = await tx.fetch(
        STATEMENT + " WHERE ($1::uuid IS NULL OR s.company_id = $1)"
        " AND ($2::timestamptz IS NULL OR (s.recorded_at, s.id) < ($2, $3::uuid))"
        " ORDER BY s.recorded_at DESC, s.id DESC LIMIT $4",
        company_id,
        *(before or (None, None)),
        limit,
    )
    return [Statement(**row) for row in rows]


async def page_of_lines(
    tx: Tx,
    id_: StatementId,
    verdict: LineVerdict | None,
    *,
    is_open: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[StatementLine]:
    """In order of their time; `is_open`: only those that do not fit and that nobody has seen to."""
    rows = await tx.fetch(
        "SELECT "
        + LINE
        + " FROM payment_statement_lines WHERE statement_id = $1 AND ($2::text IS NULL OR verdict = $2)"
        " AND (NOT $3 OR verdict <> 'matched' AND settled_at IS NULL)"
        " AND ($4::timestamptz IS NULL OR (at, id) > ($4, $5::uuid)) ORDER BY at, id LIMIT $6",
        id_,
        None if verdict is None else verdict.value,
        is_open,
        *(after or (None, None)),
        limit,
    )
    return [_line(row) for row in rows]


async def lock_line(tx: Tx, id_: StatementLineId) -> tuple[StatementLine, CompanyId] | None:
    row = await tx.fetchrow(f"SELECT {LINE}, company_id FROM payment_statement_lines WHERE id = $1 FOR UPDATE", id_)
    return None if row is None else (_line(row), row["company_id"])


async def settle(tx: Tx, id_: StatementLineId, note: str) -> None:
    await tx.execute("UPDATE payment_statement_lines SET settled_at = $2, note = $3 WHERE id = $1", id_, tx.now, note)


async def lock_missing_here(tx: Tx, id_: StatementId) -> list[StatementLine]:
    rows = await tx.fetch(
        "SELECT " + LINE + " FROM payment_statement_lines WHERE statement_id = $1 AND verdict = 'missing_here'"
        " AND settled_at IS NULL ORDER BY at, id FOR UPDATE",
        id_,
    )
    return [_line(row) for row in rows]


async def refit(tx: Tx, fits: Sequence[tuple[StatementLineId, Fits]]) -> None:
    """Note what was found for lines that were missing here."""
    found = [(id_, fit.verdict, fit.own) for id_, fit in fits if fit.own is not None]
    await tx.execute(
        "UPDATE payment_statement_lines l SET verdict = u.verdict, own_id = u.own_id, order_id = u.order_id,"
        " ours_minor = u.ours_minor FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[])"
        " AS u (id, verdict, own_id, order_id, ours_minor) WHERE l.id = u.id",
        [id_ for id_, _, _ in found],
        [verdict.value for _, verdict, _ in found],
        [own.id for _, _, own in found],
        [own.order_id for _, _, own in found],
        [own.amount_minor for _, _, own in found],
    )


def _line(row: Record) -> StatementLine:
    fields = {name: row[name] for name in StatementLine.__struct_fields__}
    return StatementLine(**{**fields, "verdict": LineVerdict(row["verdict"]), "kind": PaymentKind(row["kind"])})
