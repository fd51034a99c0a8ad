"""backup."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shangmai.apps.environment import load_settings
from shangmai.apps.postgres import opened
from shangmai.kernel.db.embedded import binary


def backup(file: Annotated[Path, Parameter(help="备份文件。 File to write; replaced only when complete.")]) -> int:
    """在线备份数据库（pg_dump 自定义格式）。密钥 secret.key 与上传文件请另行保存。

    Back the database up while it is in use. Keep HOME/secret.key and HOME/files elsewhere too: without the key,
    personal data cannot be read.
    """
    target = file.expanduser().absolute()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        code = asyncio.run(_dump(draft))
        if code == 0:
            draft.replace(target)
            print(f"✓ {target} ({target.stat().st_size / 1e6:.1f} MB)")
    finally:
        draft.unlink(missing_ok=True)
    return 0 if code == 0 else 1


async def _dump(file: Path) -> int:
    async with opened(load_settings()) as dsn:
        process = await asyncio.create_subprocess_exec(
            str(binary("pg_dump")), "--format=custom", "--no-owner", f"--file={file}", f"--dbname={dsn}"
        )
        return await process.wait()
