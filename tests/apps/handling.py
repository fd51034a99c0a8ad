"""A worker to be killed, which only handles events: `python -m tests.apps.handling DSN`.

It says when it is there, and then of each batch that it has handled which consumer's it was, and how many events.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping

from shangmai.apps import wiring
from shangmai.kernel.crypto import Vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.contract import Consumer
from shangmai.kernel.events.convoy import Step
from shangmai.kernel.events.reader import Reader

KEY = "REPLAY_KEY"
"""The name of the environment variable with the key."""
THERE, HANDLED = "there", "handled"


class Telling(Reader):
    """Tells of what is committed; of the last batch before it is killed perhaps not."""

    async def step(self, consumer: Consumer, lane: int) -> int:
        handled = await super().step(consumer, lane)
        _tell({consumer.name: handled})
        return handled

    async def _travel(self) -> Step:
        step = await super()._travel()
        _tell(step.handled)
        return step


def _tell(handled: Mapping[str, int]) -> None:
    for name, count in handled.items():
        if count:
            print(HANDLED, name, count, flush=True)


async def main(dsn: str) -> None:
    wiring.load()
    use_vault(Vault([bytes.fromhex(os.environ[KEY])]))
    async with await Database.connect(dsn, size=6) as db:
        print(THERE, flush=True)
        await Telling(db).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
