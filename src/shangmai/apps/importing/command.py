"""The commands `shangmai import …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from shangmai.apps.commands.session import Session, print_json, run
from shangmai.kernel.actors import SYSTEM, Actor

app = App(name="import", help="导入文件。 Import a file through the actions.", result_action="return_value")

File = Annotated[Path, Parameter(help="CSV、Excel 或 Parquet 文件。 CSV, workbook or Parquet file.")]
As = Annotated[str | None, Parameter(name="--as", help="以某用户身份。 Login of the user who imports.")]
MappingName = Annotated[str | None, Parameter(help="映射名称或 .json 文件。 Name of a mapping, or a .json file.")]


@app.default
def sheet(
    action: Annotated[str, Parameter(help="动作名称，如 catalog.create_product。 Name of the action.")],
    file: File,
    *,
    mapping: MappingName = None,
    dry_run: Annotated[bool, Parameter(help="只检查，不生效。 Only tell what would happen.", negative=())] = False,
    as_: As = None,
) -> int:
    """对表格的每一行执行一个动作。 Run an action for every row of a sheet; exit code 1 when a row was refused."""

    async def command(given: Session) -> int:
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
        print_json(report)
        return 1 if report.refused else 0

    return run(command)


@app.command
def orders(file: File, *, mapping: Annotated[str, Parameter(help="如 online-retail")], as_: As = None) -> int:
    """导入其他系统的订单明细导出。 Import an order export of another system; see docs/modules/migration.md."""

    async def command(given: Session) -> int:
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
        print_json(report)
        return 1 if report.refused else 0

    return run(command)


async def _actor(given: Session, login: str | None) -> Actor:
    if login is None:
        return SYSTEM
    from shangmai.modules.identity import service

    async with given.db.transaction(door="cli") as tx:
        actor: Actor = await service.actor_of_login(tx, login)
    return actor
