"""Re-adding everything and comparing."""

from __future__ import annotations

from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.tx import Tx

# A transfer of the book moves from the credit account to the debit account, so `debit_id` (its "from") is the line's
# credit; a red line moves back.
LINES_ARE_TRANSFERS = """
WITH moved AS (
  SELECT t.doc AS entry_id, t.line, t.amount, t.cause, f.company_id, f.account AS from_account,
         f.party_id AS from_party, i.account AS into_account, i.party_id AS into_party
  FROM money_transfers t JOIN money_accounts f ON f.id = t.debit_id JOIN money_accounts i ON i.id = t.credit_id
  WHERE i.company_id = f.company_id),
written AS (
  SELECT l.*, e.cause, coalesce(l.debit_party, $1) AS debit_p, coalesce(l.credit_party, $1) AS credit_p
  FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id)
SELECT coalesce(w.entry_id, m.entry_id)::text || '/' || coalesce(w.line, m.line) AS id,
       coalesce(w.amount_minor, 0) AS kept, coalesce(m.amount, 0) AS transfers
FROM written w FULL JOIN moved m ON m.entry_id = w.entry_id AND m.line = w.line
WHERE w.entry_id IS NULL OR m.entry_id IS NULL OR abs(w.amount_minor) <> m.amount OR w.cause <> m.cause
   OR w.company_id <> m.company_id
   OR (CASE WHEN w.amount_minor > 0 THEN (w.debit_account, w.debit_p, w.credit_account, w.credit_p)
            ELSE (w.credit_account, w.credit_p, w.debit_account, w.debit_p) END)
      IS DISTINCT FROM (m.into_account, m.into_party, m.from_account, m.from_party)
"""
ENTRIES_HAVE_LINES = """
SELECT e.id::text AS id, e.number AS kept, count(l.line) AS transfers
FROM ledger_entries e LEFT JOIN ledger_lines l ON l.entry_id = e.id AND l.company_id = e.company_id
  AND l.period = e.period AND l.number = e.number
GROUP BY e.id HAVING count(l.line) = 0 OR count(l.line) <> max(l.line)
"""
TOTALS_ARE_LINES = """
WITH sides AS (
  SELECT company_id, period, debit_account AS account, amount_minor AS debit, 0 AS credit FROM ledger_lines
  UNION ALL SELECT company_id, period, credit_account, 0, amount_minor FROM ledger_lines),
summed AS (SELECT company_id, period, account, sum(debit) AS debit, sum(credit) AS credit FROM sides GROUP BY 1, 2, 3)
SELECT concat_ws('/', company_id, period, account) AS id, coalesce(t.debit_minor - t.credit_minor, 0) AS kept,
       coalesce(s.debit - s.credit, 0)::bigint AS transfers
FROM ledger_totals t FULL JOIN summed s USING (company_id, period, account)
WHERE (t.debit_minor, t.credit_minor) IS DISTINCT FROM (s.debit, s.credit)
"""
TRIAL_IS_ZERO = """
SELECT company_id || '/' || period AS id, sum(debit_minor - credit_minor)::bigint AS kept, 0::bigint AS transfers
FROM ledger_totals GROUP BY company_id, period HAVING sum(debit_minor) <> sum(credit_minor)
"""
NUMBERS_HAVE_NO_GAP = """
SELECT concat_ws('/', company_id, period) AS id, coalesce(p.last_number, 0) AS kept, coalesce(e.n, 0) AS transfers
FROM ledger_periods p FULL JOIN (
  SELECT company_id, period, count(*) AS n, min(number) AS first, max(number) AS last
  FROM ledger_entries GROUP BY company_id, period) AS e USING (company_id, period)
WHERE p.last_number IS DISTINCT FROM e.n OR e.first <> 1 OR e.last <> e.n
"""


async def diverging(tx: Tx, nobody: object) -> list[Divergence]:
    """Everything in the ledger that does not agree with what it is made of."""
    found: list[Divergence] = []
    for what, sql, args in (
        ("line", LINES_ARE_TRANSFERS, [nobody]),
        ("entry", ENTRIES_HAVE_LINES, []),
        ("total", TOTALS_ARE_LINES, []),
        ("trial balance", TRIAL_IS_ZERO, []),
        ("numbers", NUMBERS_HAVE_NO_GAP, []),
    ):
        rows = await tx.fetch(sql, *args)
        found += [Divergence("ledger", what, row["id"], row["kept"], row["transfers"]) for row in rows]
    return found
