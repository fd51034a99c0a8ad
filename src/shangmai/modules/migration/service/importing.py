"""One order export from file to report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from shangmai.kernel.actions import outcomes
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.kernel.files import FileStore
from shangmai.modules.migration import queries
from shangmai.modules.migration.contract import Grain, ImportReport, OrderMapping, StartImport, Usage
from shangmai.modules.migration.rules import (
    Chunk,
    chunks,
    facts_of,
    imported_minor,
    named_document,
    reason_finder,
    revenue_minor,
    survey,
    unfit,
)
from shangmai.modules.migration.service import reporting, runs
from shangmai.modules.migration.service.carrying import Carrier, Placed
from shangmai.modules.migration.service.desk import Desk, work_of
from shangmai.modules.migration.service.preparing import prepare
from shangmai.modules.migration.service.reading import read_orders, sha256_of

Done = Callable[[int], None]

DOCUMENT_STEPS: Final = frozenset({"place", "return", "unmatched", "adjust", "post"})
"""Steps whose keys name a document of the file."""


async def _nothing() -> None:
    """What follows before the first portion."""


class OrderImport:
    """One file by one mapping: `open` reads and surveys it, `carry_out` imports it, `close` reports.

    What is done is known by the keys of the calls, so all of this can be repeated and interrupted anywhere.
    """

    def __init__(self, runner: Runner, actor: Actor, path: Path, mapping: OrderMapping) -> None:
        self._runner, self._actor, self._path, self._mapping = runner, actor, path, mapping

    async def open(self) -> ImportReport | None:
        """Begin the file's run, or find it; the report when it is finished already.

        Raises: ColumnsMissing, ImportBegunByAnother, and what `open_sheet` raises.
        """
        self._sha256 = await asyncio.to_thread(sha256_of, self._path)
        do = StartImport(
            identity=f"orders/{self._mapping.name}/{self._mapping.shop}/{self._sha256}",
            action="orders",
            mapping=self._mapping.name,
            file_name=self._path.name,
            file_sha256=self._sha256,
        )
        self._run, report = await runs.begin(self._runner, self._actor, do)
        if report is not None:
            return msgspec.convert(report, ImportReport)
        self._desk = Desk(self._runner, self._actor, self._mapping, self._run, [])
        self._classified = read_orders(self._path, self._mapping)
        known = await self._known()
        self._survey = survey(self._classified, Grain.MONTH, known)
        self._known_at = {at for at, one in enumerate(self._classified.invoices) if (one.number, one.canceled) in known}
        self._unfit = unfit(self._classified, self._runner.db.clock.now())
        return None

    async def _known(self) -> set[tuple[str, bool]]:
        """The documents that finished imports into this shop have brought before, from files that overlap with this."""
        identity = f"orders/{self._mapping.name}/{self._mapping.shop}/"
        before = await self._desk.look(lambda tx: queries.finished_before(tx, identity, self._run))
        known: set[tuple[str, bool]] = set()
        for run in before:
            work = work_of(run, self._mapping)
            rests = await self._desk.look(lambda tx, work=work: outcomes.list_accepted(tx, work))  # type: ignore[misc]
            known |= {named_document(rest) for rest in rests if rest.partition("/")[0] in DOCUMENT_STEPS}
        return known

    @property
    def rows(self) -> int:
        return len(self._classified.columns)

    @property
    def rows_done(self) -> int:
        """How many rows earlier sessions have carried out."""
        return sum(len(invoice.places) for invoice in self._classified.invoices[: self._run.position])

    async def carry_out(self, done: Done) -> None:
        """Carry out what is not done yet, oldest first; `done` is told the rows of each portion.

        Raises: NotPrepared, CurrencyDiffers, WarehouseOfAnother, ImportStopped; call it again to go on.
        """
        directory = await prepare(self._desk, self._classified)
        carrier = Carrier(self._desk, directory, self._classified, self._survey, self._sha256)
        reason_of = reason_finder(self._mapping)
        before: Chunk | None = None
        following = asyncio.create_task(_nothing())
        try:
            for chunk in chunks(self._classified, reason_of, self._run.position, self._known_at | self._unfit.keys()):
                if before is not None and before.month != chunk.month:
                    await following
                placed = await carrier.place(chunk)
                await following
                following = asyncio.create_task(self._follow(carrier, chunk, placed, done))
                before = chunk
            await following
        finally:
            await asyncio.gather(following, return_exceptions=True)  # what is under way ends before anybody is told

    async def _follow(self, carrier: Carrier, chunk: Chunk, placed: Sequence[Placed], done: Done) -> None:
        await carrier.follow(chunk, placed)
        await runs.move(self._runner.db, self._run, chunk.end)
        done(chunk.rows)

    async def close(self, files: FileStore, usage: Usage) -> ImportReport:
        """Report what the import came to, and keep the report with the run."""
        made = await self._desk.look(lambda tx: reporting.made(tx, self._desk))
        refused = await self._desk.look(lambda tx: reporting.refusals(tx, self._desk))
        refused = [*reporting.left_out(self._classified, self._unfit), *refused]
        lists = await reporting.write_files(files, self._path, self._classified, self._survey, refused)
        told, matches = self._survey.report, self._survey.matches.values()
        report = ImportReport(
            run_id=self._run.id,
            file_name=self._path.name,
            mapping=self._mapping.name,
            shop=self._mapping.shop,
            currency=self._mapping.currency,
            facts=facts_of(told),
            classes=told.classes,
            returns=told.returns,
            imported_minor=imported_minor(told),
            revenue_minor=revenue_minor(told, self._mapping.accounts),
            made=made,
            known=len(self._known_at),
            errors=len(told.errors),
            refused=len(refused),
            exceptions=len(reporting.exceptions(matches, self._mapping.currency)),
            files=lists,
            usage=usage,
        )
        await runs.finish(self._runner.db, self._run, len(self._classified.invoices), report)
        return report
