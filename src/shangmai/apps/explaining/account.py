"""Explaining a ledger account: its balance by rule and by period, and its latest lines each with its cause."""

from __future__ import annotations

from itertools import accumulate

from asyncpg import Record

from shangmai.apps.explaining.causes import causes_of, nearest
from shangmai.apps.explaining.contract import (
    AccountEntry,
    AccountExplained,
    AccountUnknown,
    CompanyUnknown,
    PeriodSum,
    RuleSum,
    WhichCompany,
)
from shangmai.kernel.tx import Tx

LATEST = 20

_RULES = """
SELECT e.rule, count(*) AS lines, coalesce(sum(l.debit), 0)::bigint AS debit_minor,
       coalesce(sum(l.credit), 0)::bigint AS credit_minor FROM (
  SELECT entry_id, amount_minor AS debit, 0 AS credit FROM ledger_lines WHERE company_id = $1 AND debit_account = $2
  UNION ALL
  SELECT entry_id, 0, amount_minor FROM ledger_lines WHERE company_id = $1 AND credit_account = $2) AS l
JOIN ledger_entries e ON e.id = l.entry_id GROUP BY e.rule ORDER BY lines DESC, e.rule"""

_LATEST = """
SELECT l.*, e.at, e.summary, e.rule, e.cause FROM (
  (SELECT entry_id, period, number, line, credit_account AS other_account, amount_minor AS debit_minor,
          0 AS credit_minor
   FROM ledger_lines WHERE company_id = $1 AND debit_account = $2 ORDER BY period DESC, number DESC, line DESC LIMIT $3)
  UNION ALL
  (SELECT entry_id, period, number, line, debit_account, 0, amount_minor
   FROM ledger_lines WHERE company_id = $1 AND credit_account = $2
   ORDER BY period DESC, number DESC, line DESC LIMIT $3)
) AS l JOIN ledger_entries e ON e.id = l.entry_id ORDER BY l.period DESC, l.number DESC, l.line DESC LIMIT $3"""


async def explain_account(tx: Tx, code: str, company: str | None = None, latest: int = LATEST) -> AccountExplained:
    """Explain an account of a company's books. Raises: AccountUnknown, CompanyUnknown, WhichCompany."""
    books = await _company(tx, company)
    chart = await _account(tx, books, code.strip())
    totals = await tx.fetch(
        "SELECT period, debit_minor, credit_minor FROM ledger_totals WHERE company_id = $1 AND account = $2"
        " ORDER BY period",
        books["id"],
        chart["code"],
    )
    rules = await tx.fetch(_RULES, books["id"], chart["code"])
    return AccountExplained(
        company=books["code"],
        code=chart["code"],
        zh=chart["zh"],
        en=chart["en"],
        currency=books["currency"],
        balance_minor=sum(row["debit_minor"] - row["credit_minor"] for row in totals),
        rules=[RuleSum(**row) for row in rules],
        periods=_periods(totals),
        children=await _children(tx, books, chart["code"]),
        entries=await _entries(tx, books, chart["code"], latest),
    )


async def _company(tx: Tx, company: str | None) -> Record:
    rows = await tx.fetch(
        "SELECT c.id, c.code, b.currency FROM companies c JOIN ledger_books b ON b.company_id = c.id ORDER BY c.code"
    )
    codes = [row["code"] for row in rows]
    if company is None:
        if len(rows) > 1:
            raise WhichCompany(companies=", ".join(codes))
        company = codes[0] if codes else ""
    found = next((row for row in rows if row["code"].upper() == company.upper()), None)
    if found is None:
        raise CompanyUnknown(code=company or "–", nearest=nearest(company, codes))
    return found


async def _account(tx: Tx, books: Record, code: str) -> Record:
    """The account of this code or name."""
    rows = await tx.fetch("SELECT code, zh, en FROM ledger_accounts WHERE company_id = $1 ORDER BY code", books["id"])
    for row in rows:
        if code in (row["code"], row["zh"]) or code.lower() == row["en"].lower():
            return row
    spelled = {row["code"]: f"{row['code']} {row['zh']}" for row in rows}
    like = [each.strip() for each in nearest(code, spelled).split(",")]
    raise AccountUnknown(company=books["code"], code=code, nearest=", ".join(spelled.get(each, each) for each in like))


def _periods(totals: list[Record]) -> list[PeriodSum]:
    balances = accumulate(row["debit_minor"] - row["credit_minor"] for row in totals)
    return [PeriodSum(**row, balance_minor=balance) for row, balance in zip(totals, balances, strict=True)]


async def _children(tx: Tx, books: Record, code: str) -> dict[str, int]:
    """The balances of the accounts below it, which are their own."""
    rows = await tx.fetch(
        "SELECT account, sum(debit_minor - credit_minor)::bigint AS balance FROM ledger_totals WHERE company_id = $1"
        " AND starts_with(account, $2) AND account <> $2 GROUP BY account ORDER BY account",
        books["id"],
        code,
    )
    return {row["account"]: row["balance"] for row in rows}


async def _entries(tx: Tx, books: Record, code: str, latest: int) -> list[AccountEntry]:
    rows = await tx.fetch(_LATEST, books["id"], code, latest)
    causes = await causes_of(tx, [row["cause"] for row in rows])
    return [
        AccountEntry(
            at=row["at"],
            number=f"记-{row['period']}-{row['number']:06d}",
            summary=row["summary"],
            rule=row["rule"],
            other_account=row["other_account"],
            debit_minor=row["debit_minor"],
            credit_minor=row["credit_minor"],
            cause=causes[row["cause"]],
        )
        for row in rows
    ]
