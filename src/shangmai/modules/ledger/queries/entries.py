"""Writing vouchers and finding them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import (
    NOBODY,
    Entry,
    EntryId,
    EntryLine,
)
from shangmai.modules.ledger.rules.vouchers import Draft, voucher_number
from shangmai.modules.organization.contract import CompanyId

COLUMNS = (
    "e.id, e.company_id, e.number, e.period, e.at, e.cause, e.rule, e.rule_version, e.summary, e.currency, e.rate,"
    " e.reversal_of, (SELECT r.id FROM ledger_entries r WHERE r.reversal_of = e.id) AS reversed_by"
)
LINE_COLUMNS = "entry_id, line, debit_account, debit_party, credit_account, credit_party, amount_minor, original_minor"

PeriodKey = tuple[CompanyId, int]


async def posted_by_rules(tx: Tx, causes: Collection[UUID]) -> set[tuple[CompanyId, UUID, str]]:
    """What rules have made of these events already: company, event, rule."""
    rows = await tx.fetch(
        "SELECT company_id, cause, rule FROM ledger_entries WHERE cause = ANY ($1::uuid[]) AND rule IS NOT NULL",
        list(causes),
    )
    return {(row["company_id"], row["cause"], row["rule"]) for row in rows}


async def take_numbers(tx: Tx, counts: Mapping[PeriodKey, int]) -> dict[PeriodKey, int]:
    """Take so many numbers of each period; the first of each. The caller holds the books, so there is no gap."""
    keys = sorted(counts)
    rows = await tx.fetch(
        "INSERT INTO ledger_periods AS p (company_id, period, last_number) SELECT * FROM"
        " unnest($1::uuid[], $2::integer[], $3::bigint[]) ON CONFLICT (company_id, period)"
        " DO UPDATE SET last_number = p.last_number + excluded.last_number RETURNING company_id, period, last_number",
        [company_id for company_id, _ in keys],
        [period for _, period in keys],
        [counts[key] for key in keys],
    )
    return {(r["company_id"], r["period"]): r["last_number"] - counts[r["company_id"], r["period"]] + 1 for r in rows}


class Row:
    """A voucher ready to be written: a draft with its id, period and number."""

    __slots__ = ("draft", "id", "number", "period")

    def __init__(self, id_: EntryId, draft: Draft, period: int, number: int) -> None:
        self.id, self.draft, self.period, self.number = id_, draft, period, number


WRITE = """
WITH entries AS (
  INSERT INTO ledger_entries (id, company_id, period, number, at, cause, rule, rule_version, summary, currency, rate,
                              reversal_of)
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::timestamptz[], $6::uuid[], $7::text[], $8::integer[],
    $9::text[], $10::text[], $11::numeric[], $12::uuid[])),
lines AS (
  INSERT INTO ledger_lines (entry_id, line, company_id, period, number, debit_account, debit_party, credit_account,
                            credit_party, amount_minor, original_minor)
  SELECT entry_id, line, company_id, period, number, debit_account, NULLIF(debit_party, $24), credit_account,
         NULLIF(credit_party, $24), amount_minor, original_minor
  FROM unnest(
    $13::uuid[], $14::integer[], $15::uuid[], $16::integer[], $17::bigint[], $18::text[], $19::uuid[], $20::text[],
    $21::uuid[], $22::bigint[], $23::bigint[]) AS l (entry_id, line, company_id, period, number, debit_account,
    debit_party, credit_account, credit_party, amount_minor, original_minor))
INSERT INTO ledger_totals AS t (company_id, period, account, debit_minor, credit_minor)
SELECT * FROM unnest($25::uuid[], $26::integer[], $27::text[], $28::bigint[], $29::bigint[])
ON CONFLICT (company_id, period, account) DO UPDATE
SET debit_minor = t.debit_minor + excluded.debit_minor, credit_minor = t.credit_minor + excluded.credit_minor
"""


async def write(tx: Tx, rows: Sequence[Row]) -> None:
    """Write vouchers, their lines and what they add to the totals, in one statement."""
    drafts = [row.draft for row in rows]
    lines = [(row, number, line) for row in rows for number, line in enumerate(row.draft.lines, 1)]
    totals = _totals(rows)
    await tx.execute(
        WRITE,
        [row.id for row in rows],
        [draft.company_id for draft in drafts],
        [row.period for row in rows],
        [row.number for row in rows],
        [draft.at for draft in drafts],
        [draft.item.cause for draft in drafts],
        [draft.rule for draft in drafts],
        [draft.rule_version for draft in drafts],
        [draft.summary for draft in drafts],
        [draft.currency for draft in drafts],
        [draft.rate for draft in drafts],
        [draft.reversal_of for draft in drafts],
        [row.id for row, _, _ in lines],
        [number for _, number, _ in lines],
        [row.draft.company_id for row, _, _ in lines],
        [row.period for row, _, _ in lines],
        [row.number for row, _, _ in lines],
        [line.debit[0] for _, _, line in lines],
        [line.debit[1] for _, _, line in lines],
        [line.credit[0] for _, _, line in lines],
        [line.credit[1] for _, _, line in lines],
        [line.amount_minor for _, _, line in lines],
        [line.original_minor for _, _, line in lines],
        NOBODY,
        [company_id for company_id, _, _ in totals],
        [period for _, period, _ in totals],
        [account for _, _, account in totals],
        [debit for debit, _ in totals.values()],
        [credit for _, credit in totals.values()],
    )


def _totals(rows: Sequence[Row]) -> dict[tuple[CompanyId, int, str], list[int]]:
    """Debits and credits that the vouchers add to each account's period."""
    totals: dict[tuple[CompanyId, int, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for line in row.draft.lines:
            totals[row.draft.company_id, row.period, line.debit[0]][0] += line.amount_minor
            totals[row.draft.company_id, row.period, line.credit[0]][1] += line.amount_minor
    return totals


# --- finding -------------------------------------------------------------------------------------------------------


async def company_of(tx: Tx, entry_id: EntryId) -> CompanyId | None:
    found: CompanyId | None = await tx.fetchval("SELECT company_id FROM ledger_entries WHERE id = $1", entry_id)
    return found


async def find(tx: Tx, entry_id: EntryId) -> Entry | None:
    row = await tx.fetchrow("SELECT " + COLUMNS + " FROM ledger_entries e WHERE e.id = $1", entry_id)
    return None if row is None else (await _with_lines(tx, [row]))[0]


async def find_by_number(tx: Tx, company_id: CompanyId, period: int, number: int) -> Entry | None:
    row = await tx.fetchrow(
        "SELECT " + COLUMNS + " FROM ledger_entries e WHERE e.company_id = $1 AND e.period = $2 AND e.number = $3",
        company_id,
        period,
        number,
    )
    return None if row is None else (await _with_lines(tx, [row]))[0]


async def of_cause(tx: Tx, cause: UUID) -> list[Entry]:
    """The vouchers that an event or an action made."""
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM ledger_entries e WHERE e.cause = $1 ORDER BY e.period, e.number", cause
    )
    return await _with_lines(tx, rows)


async def newest_first(
    tx: Tx, company_id: CompanyId, period: int | None, before: Sequence[int] | None, limit: int
) -> list[Entry]:
    """A company's vouchers, of one period or all, from the newest number down."""
    below = before or (999999, 0)
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM ledger_entries e WHERE e.company_id = $1 AND ($2::integer IS NULL OR"
        " e.period = $2) AND (e.period, e.number) < ($3::integer, $4::bigint)"
        " ORDER BY e.period DESC, e.number DESC LIMIT $5",
        company_id,
        period,
        *below,
        limit,
    )
    return await _with_lines(tx, rows)


async def _with_lines(tx: Tx, rows: Sequence[Record]) -> list[Entry]:
    found = await tx.fetch(
        "SELECT " + LINE_COLUMNS + " FROM ledger_lines WHERE entry_id = ANY ($1::uuid[]) ORDER BY entry_id, line",
        [row["id"] for row in rows],
    )
    lines: dict[EntryId, list[EntryLine]] = defaultdict(list)
    for line in found:
        fields = dict(line)
        lines[fields.pop("entry_id")].append(EntryLine(**fields))
    return [
        Entry(**(dict(row) | {"number": voucher_number(row["period"], row["number"]), "lines": lines[row["id"]]}))
        for row in rows
    ]
