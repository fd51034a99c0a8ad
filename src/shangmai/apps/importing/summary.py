"""What an import came to, for a person at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from shangmai.kernel.files import FileRef
from shangmai.kernel.money import Money
from shangmai.modules.migration.contract import ImportReport, SheetReport, Usage

MADE = {
    "orders": "订单 orders",
    "payments": "收款 payments",
    "shipments": "发货 shipments",
    "returns": "退货 returns",
    "receipts": "补记入库 receipts assumed",
    "unmatched_receipts": "无原单退货入库 returns without a sale",
    "adjustments": "库存调整 adjustments",
    "entries": "记账凭证 vouchers",
    "skus": "商品 SKUs",
    "customers": "客户 customers",
}


def show_orders(report: ImportReport, console: Console) -> None:
    """Print the class table, what was made, and what did not go in."""
    console.print(_classes(report))
    made = "  ".join(f"{label} {getattr(report.made, name):,}" for name, label in MADE.items())
    console.print(made)
    console.print(f"此前已导入 known {report.known:,} · 差异 exceptions {report.exceptions:,}")
    console.print(f"无法读取 rows in error {report.errors:,} · 被拒 refused {report.refused:,}")
    _lists(console, report)
    console.print(_pace(report.usage))


def show_sheet(report: SheetReport, console: Console) -> None:
    """Print what became of the rows, and the first refusals."""
    would = "（试运行，未改动 dry run, nothing changed）" if report.dry_run else ""
    console.print(
        f"{report.action} · {report.rows:,} 行 rows → {report.inputs:,} · 成功 ok {report.ok:,}"
        f"（重复 repeated {report.repeated:,}） · 被拒 refused {report.refused:,} {would}"
    )
    for error in report.errors[:10]:
        console.print(f"  第 {error.row_no} 行 row {error.row_no} {error.column}: {error.zh} {error.en}", markup=False)
    _lists(console, report)
    console.print(_pace(report.usage))


def _classes(report: ImportReport) -> Table:
    table = Table("class", "side", title=f"{report.file_name} → {report.shop}", title_justify="left")
    for header in ("lines", "pieces", report.currency):
        table.add_column(header, justify="right")
    for total in report.classes:
        amount = f"{Money(total.amount_minor, report.currency).major():,f}"
        table.add_row(total.klass.value, total.side.value, f"{total.lines:,}", f"{total.quantity:,}", amount)
    table.add_section()
    all_money = f"{Money(report.facts.all_minor, report.currency).major():,f}"
    table.add_row("全部 all", "", f"{report.facts.rows:,}", "", all_money)
    return table


def files_of(report: ImportReport | SheetReport) -> list[FileRef]:
    """The lists that the import has left."""
    if isinstance(report, SheetReport):
        found = [report.errors_file]
    else:
        found = [report.files.errors, report.files.refused, report.files.exceptions]
    return [file for file in found if file is not None]


def _lists(console: Console, report: ImportReport | SheetReport) -> None:
    for file in files_of(report):
        console.print(f"  清单 list: {file.name} ({file.size:,} B); --lists 可另存 saves it", markup=False)


def _pace(usage: Usage) -> str:
    mib = usage.peak_rss_bytes // 2**20
    return f"{usage.lines:,} 行 rows · {usage.seconds:.1f} s · {usage.lines_per_s:,} 行/秒 rows/s · {mib:,} MiB"
