"""Imports as they run: what was imported by whom, how far it is, and what it came to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.files import FileRef, Sha256
from shangmai.modules.migration.contract.errors import RowError
from shangmai.modules.migration.contract.intents import ClassTotal, ReturnTotals

ImportId = NewType("ImportId", UUID)

Label = Annotated[str, Meta(min_length=1, max_length=200)]


class UploadedSheet(Struct, frozen=True, kw_only=True):
    """A sheet in the store, and the name of the mapping that it is read by."""

    file: FileRef
    mapping: Label


class StartImport(Struct, frozen=True, kw_only=True):
    """Begin to import a file, or find the run that did. `identity` says what, how and into where: one run for each.

    `upload`: a sheet that a worker shall bring in; without it, whoever begins goes on.
    """

    identity: Label
    action: Label
    mapping: Label
    file_name: Label
    file_sha256: Sha256
    upload: UploadedSheet | None = None


class ImportRun(Struct, frozen=True, kw_only=True):
    """One file on its way in. `position` is how much of it is done: documents of orders, else inputs.

    `cause` is the row of the action log that says who began it.
    """

    id: ImportId
    identity: str
    action: str
    mapping: str
    file_name: str
    file_sha256: str
    actor_id: UUID
    actor_name: str
    position: int
    started_at: datetime
    finished_at: datetime | None
    cause: UUID


class ImportRunDetail(Struct, frozen=True, kw_only=True):
    """A run and its report, which it has when it is finished."""

    run: ImportRun
    report: dict[str, Any] | None


class Facts(Struct, frozen=True, kw_only=True):
    """The file's own totals, in minor units of its currency: they must be those that its source knows."""

    rows: int
    documents: int
    all_minor: int
    sale_invoices: int
    sale_lines: int
    sale_minor: int
    cancellation_invoices: int
    cancellation_lines: int
    cancellation_minor: int
    negative_lines: int
    negative_minor: int
    free_lines: int


class Made(Struct, frozen=True, kw_only=True):
    """What stands in the books now because of the import, by the action log."""

    companies: int = 0
    shops: int = 0
    warehouses: int = 0
    skus: int = 0
    customers: int = 0
    receipts: int = 0
    orders: int = 0
    payments: int = 0
    shipments: int = 0
    returns: int = 0
    unmatched_receipts: int = 0
    adjustments: int = 0
    entries: int = 0


class RowFiles(Struct, frozen=True, kw_only=True):
    """Lists to download: rows that could not be read, calls refused, and money that no order could take."""

    errors: FileRef | None = None
    refused: FileRef | None = None
    exceptions: FileRef | None = None


class Usage(Struct, frozen=True, kw_only=True):
    """What the last session of a run took. `peak_rss_bytes` is of the importing process and the worker it started."""

    lines: int
    seconds: float
    lines_per_s: int
    peak_rss_bytes: int


class ImportReport(Struct, frozen=True, kw_only=True):
    """What became of every line of an order export.

    `known` documents were brought by an earlier file and left alone. `imported_minor` is the money of all classes that
    are imported: without refusals, and when nothing was known, what the import has moved on the mapping's
    `accounts.money`; `revenue_minor` is that of the classes that end in revenue (accounts 5001 and 5051).
    """

    run_id: ImportId
    file_name: str
    mapping: str
    shop: str
    currency: str
    facts: Facts
    classes: tuple[ClassTotal, ...]
    returns: ReturnTotals
    imported_minor: int
    revenue_minor: int
    made: Made
    known: int
    errors: int
    refused: int
    exceptions: int
    files: RowFiles
    usage: Usage

    def outcome(self) -> dict[str, Any]:
        """Give all that must be the same however often the import was interrupted."""
        kept = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in kept.items() if name not in ("run_id", "files", "usage")}


class SheetReport(Struct, frozen=True, kw_only=True):
    """What became of the rows of a sheet. In a dry run `ok` would have been accepted, and nothing has changed."""

    run_id: ImportId | None
    file_name: str
    action: str
    dry_run: bool
    rows: int
    inputs: int
    ok: int
    repeated: int
    refused: int
    errors: tuple[RowError, ...]
    errors_file: FileRef | None
    usage: Usage


class ImportNotFound(NotFound):
    """There is no import {import_id}; list the imports to find it."""

    zh = "没有导入记录 {import_id}，请在导入列表中查找。"


class ListNotFound(NotFound):
    """Import {import_id} has left no list of {kind}; look at its report for those that it has."""

    zh = "导入 {import_id} 没有 {kind} 清单；请在其报告中查看已有的清单。"


class ImportBegunByAnother(Conflict):
    """Somebody else began to import this file, and only they can go on with it; ask for their report."""

    zh = "该文件已由他人开始导入，只能由其本人继续；请向其索取导入报告。"


class CurrencyDiffers(Conflict):
    """The file is in {currency}, but shop {shop} sells in {shop_currency}; correct the shop or the mapping."""

    zh = "文件币种为 {currency}，而店铺 {shop} 以 {shop_currency} 销售；请更换店铺或更正映射。"


class WarehouseOfAnother(Conflict):
    """Warehouse {warehouse} belongs to another company than shop {shop}; name another one in the mapping."""

    zh = "仓库 {warehouse} 与店铺 {shop} 不属于同一公司；请在映射中更换仓库。"


class NotPrepared(Conflict):
    """{what} could not be made, so nothing was imported: {reason}"""

    zh = "无法创建 {what}，因此未导入任何单据：{reason}"


class ImportStopped(Conflict):
    """The import stopped at {step} of {document}: {reason} Start it again: it goes on there."""

    zh = "导入在 {document} 的 {step} 步骤中止：{reason}再次运行即可从该处继续。"
