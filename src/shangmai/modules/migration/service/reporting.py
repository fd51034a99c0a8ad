"""What an import of orders came to: counted from the action log, so that interruptions leave no trace in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from shangmai.kernel.actions import outcomes
from shangmai.kernel.actions.outcomes import KeyedRefusal
from shangmai.kernel.errors import Invalid
from shangmai.kernel.files import FileRef, FileStore
from shangmai.kernel.money import Money
from shangmai.kernel.sheets import write_csv
from shangmai.kernel.tx import Tx
from shangmai.modules.migration.contract import Made, ReturnMatch, RowError, RowFiles, UnmatchedReason
from shangmai.modules.migration.rules import Classified, Survey
from shangmai.modules.migration.service.desk import Desk
from shangmai.modules.migration.service.reading import cells_of

STEPS: Final = {
    "company": "companies",
    "shop": "shops",
    "warehouse": "warehouses",
    "sku": "skus",
    "customer": "customers",
    "receive": "receipts",
    "place": "orders",
    "pay": "payments",
    "discount": "payments",
    "ship": "shipments",
    "return": "returns",
    "unmatched": "unmatched_receipts",
    "adjust": "adjustments",
    "post": "entries",
}
"""What is counted of each step of a key."""

WHY: Final = {
    UnmatchedReason.NO_CUSTOMER: ("退货单没有客户", "the return names no customer"),
    UnmatchedReason.NEVER_BOUGHT: ("该客户在本文件中从未购买", "the customer never bought it in this file"),
    UnmatchedReason.BOUGHT_LATER: ("该客户在退货之后才购买", "the customer bought it only later"),
    UnmatchedReason.MORE_THAN_BOUGHT: ("退货数量超过购买数量", "more was returned than bought"),
}
assert WHY.keys() == set(UnmatchedReason)
HIGHER: Final = ("price_higher_than_sold", "退款单价高于原售价", "the price given back is higher than the price paid")

ERROR_HEADERS: Final = ("行号 row", "列 column", "错误代码 code", "错误", "error")
REFUSED_HEADERS: Final = ("步骤 step", "单据 document", "位置 origin", "错误代码 code", "原因", "reason")
EXCEPTION_HEADERS: Final = (
    "单据 document", "行号 row", "编码 code", "数量 quantity", "金额 amount", "类别 kind", "说明", "explanation",
)  # fmt: skip


async def made(tx: Tx, desk: Desk) -> Made:
    """Count what the import has made, in all its sessions."""
    counts: dict[str, int] = {}
    for step, count in (await outcomes.count_accepted(tx, desk.work)).items():
        if step in STEPS:
            counts[STEPS[step]] = counts.get(STEPS[step], 0) + count
    return Made(**counts)


async def refusals(tx: Tx, desk: Desk) -> Sequence[KeyedRefusal]:
    """The calls that were refused, in all sessions; of those whose key was used for another document, in this one."""
    return [*await outcomes.list_refused(tx, desk.work), *desk.repeats]


def left_out(classified: Classified, unfit: Mapping[int, Invalid]) -> list[KeyedRefusal]:
    """List the documents that were not even tried."""
    invoices = [(classified.invoices[at], error) for at, error in unfit.items()]
    return [
        KeyedRefusal(f"read/{invoice.number}", f"{invoice.places[0] + 1}-{invoice.places[-1] + 1}", error)
        for invoice, error in invoices
    ]


def exceptions(matches: Iterable[ReturnMatch], currency: str) -> list[tuple[object, ...]]:
    """List the money that no order could take back: what, where, why."""
    return [row for match in matches for row in _exceptions(match, currency)]


def _exceptions(match: ReturnMatch, currency: str) -> Iterator[tuple[object, ...]]:
    for rest in match.unmatched:
        amount = Money(rest.amount_minor, currency).major()
        yield (match.number, rest.return_row_no, rest.sku, rest.quantity, amount, rest.reason.value, *WHY[rest.reason])
    for piece in match.pieces:
        if piece.excess_minor:
            amount = Money(piece.excess_minor, currency).major()
            yield (match.number, piece.return_row_no, piece.sku, piece.quantity, amount, *HIGHER)


async def write_files(
    files: FileStore, path: Path, classified: Classified, surveyed: Survey, refused: Sequence[KeyedRefusal]
) -> RowFiles:
    """Keep the lists that are not empty where they can be downloaded."""
    currency = classified.columns.mapping.currency
    listed = exceptions(surveyed.matches.values(), currency)
    return RowFiles(
        errors=await error_file(files, path, classified.errors),
        refused=await _keep(files, f"{path.stem}-refused.csv", REFUSED_HEADERS, map(_refused_row, refused)),
        exceptions=await _keep(files, f"{path.stem}-exceptions.csv", EXCEPTION_HEADERS, listed),
    )


async def error_file(files: FileStore, path: Path, errors: Sequence[RowError]) -> FileRef | None:
    """Keep the rows with errors: their own columns first, then what is wrong; None when there are none."""
    if not errors:
        return None
    headers, cells = cells_of(path, {error.row_no for error in errors})
    blank: list[object] = [None] * len(headers)
    rows = ((*cells.get(e.row_no, blank), e.row_no, e.column, e.code, e.zh, e.en) for e in errors)
    return await _keep(files, f"{path.stem}-errors.csv", (*headers, *ERROR_HEADERS), rows)


def _refused_row(refusal: KeyedRefusal) -> tuple[object, ...]:
    step, _, document = refusal.rest.partition("/")
    error = refusal.error
    return step, document, refusal.origin, error.code, error.message("zh"), error.message("en")


async def _keep(
    files: FileStore, name: str, headers: Sequence[str], rows: Iterable[Sequence[object]]
) -> FileRef | None:
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "list.csv"
        return await files.put(name, draft, "text/csv") if write_csv(draft, headers, rows) else None
