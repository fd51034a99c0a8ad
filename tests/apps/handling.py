"""A worker to be killed, which only handles events: `python -m tests.apps.handling DSN`."""

from __future__ import annotations

import asyncio
import os
import sys

from shangmai.apps import wiring
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader

KEY = "REPLAY_KEY"
"""The name of the environment variable with the key."""


async def main(dsn: str) -> None:
    wiring.load()
    use_vault(Vault([bytes.fromhex(os.environ[KEY])]))
    async with await Database.connect(dsn, size=6) as db:
        await Reader(db).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
