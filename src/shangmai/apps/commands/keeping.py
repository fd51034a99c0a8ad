"""backup, restore."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shangmai.apps import proving
from shangmai.apps.backup import Drill, Manifest, Restored, Sources, back_up
from shangmai.apps.backup import check as drill
from shangmai.apps.backup import restore as put_back
from shangmai.apps.environment import load_settings
from shangmai.apps.postgres import opened
from shangmai.kernel import log as logs
from shangmai.kernel.settings import Settings

File = Annotated[Path, Parameter(help="备份文件。 The backup file.")]


def backup(
    file: File,
    *,
    with_key: Annotated[bool, Parameter(help="连同主密钥。 Put the master key in, too.", negative=())] = False,
    check: Annotated[bool, Parameter(help="演练恢复该备份。 Drill restoring this backup.", negative=())] = False,
) -> int:
    """在线备份：数据库与上传的文件。 Back up database and files while everybody works.

    Without its master key (HOME/secret.key) personal data in a backup cannot be read: keep the key elsewhere, or put
    it in and guard the file. With --check nothing is written: FILE is restored aside, proven, dropped, and timed.
    """
    if check:
        return restore(file, check=True)
    settings = _begin()
    made = asyncio.run(_back_up(settings, _absolute(file), with_key))
    print(f"✓ {file}: {made.rows} rows, schema {made.revision}, log {made.chain_length}")
    return 0


def restore(
    file: File,
    *,
    replace: Annotated[bool, Parameter(help="已有数据改名保留。 Keep what is there aside.", negative=())] = False,
    check: Annotated[bool, Parameter(help="只演练，不替换。 Only prove that it can be.", negative=())] = False,
) -> int:
    """恢复备份；核对通过后才替换。 Restore a backup: proven first, and only then put in place. Stop Shangmai before."""
    settings = _begin()
    done = asyncio.run(_restore(settings, _absolute(file), replace=replace, check=check))
    proving.show(done.report, settings.lang)
    mark = "✓" if done.report.holds else "✗"
    print(f"{mark} RTO {done.seconds:.1f} s, {done.manifest.rows} rows, {done.report.waiting} events go on")
    if isinstance(done, Restored):
        _tell(done)
    return done.report.exit_code


def _begin() -> Settings:
    """Set up the log only: a key file that is not there yet may come with the backup."""
    logs.configure("warning", "console")
    return load_settings()


def _absolute(file: Path) -> Path:
    return file.expanduser().absolute()


def _say(step: str, size: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{step} {size / 1e6:.1f} MB   ", end="", file=sys.stderr, flush=True)


async def _back_up(settings: Settings, file: Path, with_key: bool) -> Manifest:
    async with opened(settings) as dsn:
        return await back_up(dsn, file, Sources.of(settings), with_key=with_key, tell=_say)


async def _restore(settings: Settings, file: Path, *, replace: bool, check: bool) -> Restored | Drill:
    async with opened(settings) as dsn:
        if check:
            return await drill(dsn, file, tell=_say)
        return await put_back(dsn, file, Sources.of(settings), replace=replace, tell=_say)


def _tell(done: Restored) -> None:
    if done.kept_as:
        print(f"· 原库保留为 · the database that was there is kept as {done.kept_as}")
    for key in done.keys_missing:
        print(f"! 缺少主密钥 · a master key is missing: {key}")
