"""A sheet for any action: each input one call, accepted or refused alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Final

import msgspec

from shangmai.kernel.actions.contract import BATCH_MAX, ActionSpec, Answer, Call, InputInvalid
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner, find_action
from shangmai.kernel.actors import Actor
from shangmai.kernel.errors import AppError
from shangmai.kernel.files import FileStore
from shangmai.kernel.sheets import Row, Sheet, SheetOptions, open_sheet
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.inventory import service as inventory
from shangmai.modules.migration.contract import (
    CellKind,
    HeadersUnknown,
    ImportRun,
    ImportStopped,
    RowError,
    SheetMapping,
    SheetReport,
    StartImport,
    Usage,
)
from shangmai.modules.migration.contract.uploads import TriedSheet
from shangmai.modules.migration.rules import (
    Filled,
    Filler,
    Known,
    codes_in,
    columns_of,
    grouped,
    missing_headers,
    plain_mapping,
)
from shangmai.modules.migration.service import reporting, runs
from shangmai.modules.migration.service.reading import sha256_of
from shangmai.modules.organization import service as organization

DOOR: Final = "import"
DRY_TOGETHER: Final = 8
"""Dry runs at a time; they change nothing, so their order does not matter."""

Done = Callable[[int], None]
Keyed = tuple[Filled, Call]


class SheetImport:
    """One sheet for one action: `begin`, then `carry_out`, or without a run `rehearse`; `close` reports.

    Every row goes through the door again when an import is repeated or resumed: those done before are known by their
    keys, are answered as they were then, and change nothing.
    """

    def __init__(self, runner: Runner, actor: Actor, path: Path, action: str, mapping: SheetMapping | None) -> None:
        """Raises: ActionNotFound, HeadersUnknown, and what `open_sheet` raises."""
        self._runner, self._actor, self._path = runner, actor, path
        self._spec: ActionSpec = find_action(action)
        self._sheet = _open(path, mapping)
        self._mapping = mapping or plain_mapping(action, _fields(self._spec), self._sheet.headers)
        _check_headers(self._mapping, self._sheet)
        self._columns, self._at, self._group_places = columns_of(self._mapping, self._sheet.place)
        self._filler = Filler(self._mapping, self._columns, self._at)
        self._run: ImportRun | None = None
        self._counts = {"rows": 0, "inputs": 0, "ok": 0, "repeated": 0, "refused": 0}
        self._errors: list[RowError] = []

    async def begin(self) -> SheetReport | None:
        """Begin the sheet's run, or find it; the report when it is finished already. Raises: ImportBegunByAnother."""
        sha256 = await asyncio.to_thread(sha256_of, self._path)
        do = StartImport(
            identity=self.identity(sha256),
            action=self._spec.name,
            mapping=self._mapping.name,
            file_name=self._path.name,
            file_sha256=sha256,
        )
        self._run, report = await runs.begin(self._runner, self._actor, do)
        return None if report is None else msgspec.convert(report, SheetReport)

    async def carry_out(self, done: Done) -> None:
        """Run the action for every input, in order. Raises: ImportStopped; call it again to go on."""
        assert self._run is not None, "an import begins with its run"
        async for batch in self._batches():
            calls = self._calls(batch, self._run)
            answers = await self._runner.run_list([call for _, call in calls])
            self._count(batch, calls, answers)
            await runs.move(self._runner.db, self._run, self._counts["inputs"])
            done(sum(len(one.rows) for one in batch))

    async def rehearse(self, done: Done, inputs_max: int | None = None) -> None:
        """Find out what would become of every input, or the first ones, each as if it were alone; change nothing."""
        async for batch in self._batches(inputs_max):
            calls = self._calls(batch, None)
            answers: list[Answer] = []
            for start in range(0, len(calls), DRY_TOGETHER):
                some = calls[start : start + DRY_TOGETHER]
                answers += await asyncio.gather(*(self._runner.run(call) for _, call in some))
            self._count(batch, calls, answers)
            done(sum(len(one.rows) for one in batch))

    async def close(self, files: FileStore, usage: Usage, *, is_told: bool = False) -> SheetReport:
        """Report; for an import that changed something, keep the report with its run.

        `is_told`: the user who began it gets a notice.
        """
        self._errors.sort(key=lambda error: error.row_no)
        report = SheetReport(
            run_id=None if self._run is None else self._run.id,
            file_name=self._path.name,
            action=self._spec.name,
            dry_run=self._run is None,
            **self._counts,
            errors=tuple(self._errors[:ERRORS_TOLD]),
            errors_file=await reporting.error_file(files, self._path, self._errors),
            usage=usage,
        )
        if self._run is not None:
            await runs.finish(self._runner.db, self._run, self._counts["inputs"], report, is_told=is_told)
        return report

    def identity(self, sha256: str) -> str:
        """What, how and into where; the same for the same file by the same mapping."""
        return f"sheet/{self._spec.name}/{self._mapping.name}/{sha256}"

    def count_rows(self) -> int:
        """How many rows hold something; reads the whole sheet."""
        return sum(1 for _ in self._sheet)

    @property
    def rows_done(self) -> int:
        return self._counts["rows"]

    def tried(self, rows: int) -> TriedSheet:
        """What a rehearsal of a sheet with so many rows has found."""
        counts = self._counts
        return TriedSheet(
            rows=rows,
            tried=counts["rows"],
            inputs=counts["inputs"],
            ok=counts["ok"],
            refused=counts["refused"],
            errors=tuple(sorted(self._errors, key=lambda error: error.row_no)),
        )

    # --- from rows to calls ----------------------------------------------------------------------------------------

    async def _batches(self, inputs_max: int | None = None) -> AsyncIterator[list[Filled]]:
        """The inputs, as many at a time as one transaction takes."""
        groups = islice(grouped(self._sheet, self._group_places), inputs_max)
        while some := list(islice(groups, BATCH_MAX)):
            known = await self._look_up(list(chain.from_iterable(some)))
            yield [self._filler.fill(rows, known) for rows in some]

    async def _look_up(self, rows: Sequence[Row]) -> Known:
        wanted = codes_in(rows, self._columns)
        if not wanted:
            return {}
        async with self._runner.db.reading(self._actor) as tx:
            return {
                (kind, code): id_
                for kind in {kind for kind, _ in wanted}
                for code, id_ in (await _ids(tx, kind, {code for each, code in wanted if each is kind})).items()
            }

    def _calls(self, batch: Sequence[Filled], run: ImportRun | None) -> list[Keyed]:
        """The calls of those inputs that are fit for one; the errors of the others are noted."""
        calls: list[Keyed] = []
        for one in batch:
            errors = one.errors
            if not errors:
                outcome = self._call(one, run)
                if isinstance(outcome, Call):
                    calls.append((one, outcome))
                else:
                    errors = (outcome,)
            self._errors += errors
        return calls

    def _call(self, one: Filled, run: ImportRun | None) -> Call | RowError:
        try:
            do = read_input(self._spec, one.given)
        except InputInvalid as error:
            return self._unfit(one, error)
        return Call(
            action=self._spec.name,
            input=do,
            actor=self._actor,
            door=DOOR,
            key=None if run is None else f"{run.id}:{one.row_no}",
            at=one.at,
            origin=f"{self._path.name}:{one.row_no}",
            dry_run=run is None,
        )

    def _unfit(self, one: Filled, error: InputInvalid) -> RowError:
        """Name the row and the column that a fault of the input comes from."""
        row_no, column = _source(one, error.fields[0].path if error.fields else "")
        zh = error.message("zh")
        try:
            read_input(self._spec, one.given, "zh-CN")
        except InputInvalid as same:
            zh = same.message("zh")
        return RowError(row_no, column, error.code, zh, error.message("en"))

    def _count(self, batch: Sequence[Filled], calls: Sequence[Keyed], answers: Sequence[Answer]) -> None:
        counts = self._counts
        counts["inputs"] += len(batch)
        counts["rows"] += sum(len(one.rows) for one in batch)
        counts["refused"] += len(batch) - len(calls)
        for (one, _), answer in zip(calls, answers, strict=True):
            counts["repeated"] += answer.replayed
            if answer.error is None:
                counts["ok"] += 1
                continue
            if answer.error.status >= 500:
                raise ImportStopped(step=self._spec.name, document=str(one.row_no), reason=answer.error)
            counts["refused"] += 1
            self._errors.append(_row_error(one, answer.error))


ERRORS_TOLD: Final = 100
"""How many errors the report itself holds; the file has them all."""


def _open(path: Path, mapping: SheetMapping | None) -> Sheet:
    if mapping is None:
        return open_sheet(path)
    return open_sheet(path, SheetOptions(encoding=mapping.encoding, worksheet=mapping.worksheet))


def _fields(spec: ActionSpec) -> tuple[str, ...]:
    return spec.input.__struct_encode_fields__


def _check_headers(mapping: SheetMapping, sheet: Sheet) -> None:
    missing = missing_headers(mapping, sheet.place)
    if missing:
        raise HeadersUnknown(missing=", ".join(missing), present=", ".join(sheet.headers))


def _source(one: Filled, path: str) -> tuple[int, str]:
    """The row and column a value came from, or the nearest place above it."""
    while path:
        if path in one.sources:
            return one.sources[path]
        below = next((source for known, source in one.sources.items() if known.startswith(f"{path}.")), None)
        if below is not None:
            return below
        path = path.rpartition(".")[0]
    return one.row_no, ""


def _row_error(one: Filled, error: AppError) -> RowError:
    return RowError(one.row_no, "", error.code, error.message("zh"), error.message("en"))


async def _ids(tx: Tx, kind: CellKind, codes: set[str]) -> dict[str, str]:
    """The ids of codes of ours, those that exist and the actor may see."""
    match kind:
        case CellKind.COMPANY:
            return {code: str(found.id) for code, found in (await organization.find_companies(tx, codes)).items()}
        case CellKind.SHOP:
            return {code: str(found.id) for code, found in (await organization.find_shops(tx, codes)).items()}
        case CellKind.SKU:
            return {code: str(found.id) for code, found in (await catalog.find_skus(tx, codes)).items()}
        case CellKind.PRODUCT:
            return {code: str(id_) for code, id_ in (await catalog.find_product_ids(tx, codes)).items()}
        case CellKind.CATEGORY:
            return {path: str(id_) for path, id_ in (await catalog.find_categories(tx, codes)).items()}
    warehouses = {code: await inventory.find_warehouse(tx, code) for code in codes}  # a handful
    return {code: str(found.id) for code, found in warehouses.items() if found is not None}
