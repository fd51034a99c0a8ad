"""The totals of a file that its import must reproduce."""

from shangmai.modules.migration.contract import Accounts, Facts, Kind, LineClass, Report, Side
from shangmai.modules.migration.rules.intents import LEDGER, RETURN, SALE

REVENUE = ("5001", "5051")

_KIND_OF_CLASS = {
    LineClass.FEE_BANK: Kind.BANK_CHARGE,
    LineClass.FEE_MARKETPLACE: Kind.MARKETPLACE_FEE,
    LineClass.LEDGER_ADJUSTMENT: Kind.ADJUSTMENT,
    LineClass.LEDGER_BAD_DEBT: Kind.BAD_DEBT,
    LineClass.LEDGER_SAMPLE: Kind.SAMPLE,
}
assert _KIND_OF_CLASS.keys() == LEDGER


def facts_of(report: Report) -> Facts:
    """Give the file's own totals, as its source would add them up."""
    return Facts(
        rows=report.rows,
        documents=report.documents,
        all_minor=report.amount_on(*Side),
        sale_invoices=report.invoices[Side.SALE],
        sale_lines=report.lines_on(Side.SALE),
        sale_minor=report.amount_on(Side.SALE),
        cancellation_invoices=report.invoices[Side.CANCELLATION],
        cancellation_lines=report.lines_on(Side.CANCELLATION),
        cancellation_minor=report.amount_on(Side.CANCELLATION),
        negative_lines=report.lines_on(Side.NEGATIVE),
        negative_minor=report.amount_on(Side.NEGATIVE),
        free_lines=report.lines_on(Side.FREE),
    )


def imported_minor(report: Report) -> int:
    """Add up the money of all classes that are imported."""
    return sum(total.amount_minor for total in report.classes if total.klass in SALE | RETURN | LEDGER)


def revenue_minor(report: Report, accounts: Accounts) -> int:
    """Add up the money of the classes that end in revenue: what accounts 5001 and 5051 must come to."""
    return sum(total.amount_minor for total in report.classes if _is_revenue(total.klass, accounts))


def _is_revenue(klass: LineClass, accounts: Accounts) -> bool:
    if klass in SALE | RETURN:
        return True
    kind = _KIND_OF_CLASS.get(klass)
    return kind is not None and accounts.of(kind).account.startswith(REVENUE)
