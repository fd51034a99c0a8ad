"""Balances, the trial balance and an account's detail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId


async def trial_rows(tx: Tx, company_id: CompanyId, period: int | None) -> list[Record]:
    """Opening balance and turnover of each account that has moved; without a period, everything is turnover."""
    return await tx.fetch(
        "SELECT a.code AS account, a.zh, a.en, a.kind,"
        " coalesce(sum(t.debit_minor - t.credit_minor) FILTER (WHERE t.period < $2), 0)::bigint AS opening_minor,"
        " coalesce(sum(t.debit_minor) FILTER (WHERE $2 IS NULL OR t.period = $2), 0)::bigint AS debit_minor,"
        " coalesce(sum(t.credit_minor) FILTER (WHERE $2 IS NULL OR t.period = $2), 0)::bigint AS credit_minor"
        " FROM ledger_totals t JOIN ledger_accounts a ON a.company_id = t.company_id AND a.code = t.account"
        " WHERE t.company_id = $1 AND ($2::integer IS NULL OR t.period <= $2)"
        ' GROUP BY a.code, a.zh, a.en, a.kind ORDER BY a.code COLLATE "C"',
        company_id,
        period,
    )


async def balance(tx: Tx, company_id: CompanyId, account: str, *, before: int | None = None) -> int:
    """Debits − credits of an account, of the periods before one or of all."""
    total: int = await tx.fetchval(
        "SELECT coalesce(sum(debit_minor - credit_minor), 0)::bigint FROM ledger_totals"
        " WHERE company_id = $1 AND account = $2 AND ($3::integer IS NULL OR period < $3)",
        company_id,
        account,
        before,
    )
    return total


async def party_balance(
    tx: Tx, company_id: CompanyId, account: str, party_id: UUID, *, before: int | None = None
) -> int:
    """Debits − credits of a party's share of an account."""
    total: int = await tx.fetchval(
        "SELECT coalesce(sum(m), 0)::bigint FROM ("
        "SELECT amount_minor AS m FROM ledger_lines WHERE company_id = $1 AND debit_account = $2 AND debit_party = $3"
        " AND ($4::integer IS NULL OR period < $4)"
        " UNION ALL "
        "SELECT -amount_minor FROM ledger_lines WHERE company_id = $1 AND credit_account = $2 AND credit_party = $3"
        " AND ($4::integer IS NULL OR period < $4)) AS l",
        company_id,
        account,
        party_id,
        before,
    )
    return total


async def result_rows(tx: Tx, causes: Collection[UUID]) -> list[Record]:
    """By company and account, credits − debits of income and expenses in the vouchers that these events made."""
    return await tx.fetch(
        "SELECT a.code AS account, a.zh, a.en, a.kind, sum(m.amount)::bigint AS amount_minor FROM ledger_entries e"
        " JOIN ledger_lines l ON l.entry_id = e.id CROSS JOIN LATERAL (VALUES (l.credit_account, l.amount_minor),"
        " (l.debit_account, -l.amount_minor)) AS m (code, amount)"
        " JOIN ledger_accounts a ON a.company_id = e.company_id AND a.code = m.code"
        " WHERE e.cause = ANY ($1::uuid[]) AND a.kind IN ('income', 'expense')"
        ' GROUP BY a.code, a.zh, a.en, a.kind HAVING sum(m.amount) <> 0 ORDER BY a.code COLLATE "C"',
        list(causes),
    )


DETAIL = """
SELECT l.*, e.at, e.summary, e.cause, e.rule FROM (
  (SELECT entry_id, period, number, line, 0 AS side, debit_party AS party, credit_account AS other_account,
          credit_party AS other_party, amount_minor AS debit_minor, 0 AS credit_minor
   FROM ledger_lines
   WHERE company_id = $1 AND debit_account = $2 AND (period, number, line) >= ($3::integer, $4::bigint, $5::integer)
     AND (period, number, line, 0) > ($3, $4, $5, $6::integer) AND ($7::uuid IS NULL OR debit_party = $7)
   ORDER BY period, number, line LIMIT $8)
  UNION ALL
  (SELECT entry_id, period, number, line, 1, credit_party, debit_account, debit_party, 0, amount_minor
   FROM ledger_lines
   WHERE company_id = $1 AND credit_account = $2 AND (period, number, line) >= ($3, $4, $5)
     AND (period, number, line, 1) > ($3, $4, $5, $6) AND ($7 IS NULL OR credit_party = $7)
   ORDER BY period, number, line LIMIT $8)) AS l
JOIN ledger_entries e ON e.id = l.entry_id
ORDER BY l.period, l.number, l.line, l.side LIMIT $8
"""


async def account_rows(
    tx: Tx, company_id: CompanyId, account: str, party_id: UUID | None, after: Sequence[int], limit: int
) -> list[Record]:
    """The lines of an account behind a place (period, number, line, 0 debit or 1 credit), in that order."""
    return await tx.fetch(DETAIL, company_id, account, *after, party_id, limit)
