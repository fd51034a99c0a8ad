"""The commands `shangmai import …`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.apps.importing.summary import files_of, show_orders, show_sheet
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.files import open_store
from shangmai.modules.migration.contract import ImportReport, SheetReport

Report = ImportReport | SheetReport
Told = tuple[Report, dict[str, bytes]]

app = App(name="import", help="导入文件。 Import a file through the actions.", result_action="return_value")

File = Annotated[Path, Parameter(help="CSV、Excel 或 Parquet 文件。 CSV, workbook or Parquet file.")]
As = Annotated[str | None, Parameter(name="--as", help="以某用户身份。 Login of the user who imports.")]
Lists = Annotated[Path | None, Parameter(help="将错误清单存到此目录。 Folder for the lists of errors.")]
MappingName = Annotated[str | None, Parameter(help="映射名称或 .json 文件。 Name of a mapping, or a .json file.")]


@app.default
def sheet(
    action: Annotated[str, Parameter(help="动作名称，如 catalog.create_product。 Name of the action.")],
    file: File,
    *,
    mapping: MappingName = None,
    dry_run: Annotated[bool, Parameter(help="只检查，不生效。 Only tell what would happen.", negative=())] = False,
    lists: Lists = None,
    as_: As = None,
) -> int:
    """对表格的每一行执行一个动作。 Run an action for every row of a sheet; exit code 1 when a row was refused."""

    async def command(given: Session) -> Told:
        from shangmai.apps.importing.bar import Bar
        from shangmai.apps.importing.running import import_sheet

        actor = await _actor(given, as_)
        with Bar() as bar:
            report = await import_sheet(
                given.db,
                given.runner,
                action,
                file.expanduser(),
                mapping,
                dry_run=dry_run,
                progress=bar,
                actor=actor,
                settings=given.settings,
            )
        return report, await _contents(given, report)

    return _tell(*run(command), lists)


@app.command
def orders(
    file: File,
    *,
    mapping: Annotated[str, Parameter(help="如 online-retail，或 .json 文件。 As online-retail, or a .json file.")],
    lists: Lists = None,
    as_: As = None,
) -> int:
    """导入其他系统的订单明细导出。 Import an order export of another system; see docs/modules/migration.md."""

    async def command(given: Session) -> Told:
        from shangmai.apps.importing.bar import Bar
        from shangmai.apps.importing.running import import_orders

        actor = await _actor(given, as_)
        with Bar() as bar:
            report = await import_orders(
                given.db,
                given.runner,
                file.expanduser(),
                mapping,
                progress=bar,
                actor=actor,
                settings=given.settings,
            )
        return report, await _contents(given, report)

    return _tell(*run(command), lists)


async def _contents(given: Session, report: Report) -> dict[str, bytes]:
    """The lists that the import has left, by name."""
    store = open_store(given.settings.files_location())
    return {file.name: await store.read(file) for file in files_of(report)}


def _tell(report: Report, contents: dict[str, bytes], lists: Path | None) -> int:
    """Save the lists if asked to; print the report, for a person at a terminal in words, else as JSON."""
    if lists is not None:
        lists.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (lists / name).write_bytes(content)
    if not sys.stdout.isatty():
        print_json(report)
    elif isinstance(report, ImportReport):
        show_orders(report, Console(highlight=False))
    else:
        show_sheet(report, Console(highlight=False))
    return 1 if report.refused else 0


async def _actor(given: Session, login: str | None) -> Actor:
    if login is None:
        return SYSTEM
    from shangmai.modules.identity import service

    async with given.db.transaction(door="cli") as tx:
        actor: Actor = await service.actor_of_login(tx, login)
    return actor
