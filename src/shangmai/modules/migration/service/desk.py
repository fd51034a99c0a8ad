"""Who imports what through the door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from msgspec import Struct

from shangmai.kernel.actions.contract import Answer, Call, KeyReused
from shangmai.kernel.actions.outcomes import KeyedRefusal, Work
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import DatabaseAway
from shangmai.kernel.errors import Denied
from shangmai.kernel.tx import Tx
from shangmai.modules.migration.contract import ImportRun, ImportStopped, OrderMapping

T = TypeVar("T")

DOOR: Final = "import"
AWAY_S: Final = 1.0
ATTEMPTS_MAX: Final = 30


class Desk(Struct, frozen=True):
    """Who imports what through the door: makes calls, and has their keys begin alike.

    A key is `import/<mapping>/<shop>/<step>/<document>`: the same in every session and for every file that holds the
    document, so that nothing is done twice. `repeats` are calls whose key was used before for something else.
    """

    runner: Runner
    actor: Actor
    mapping: OrderMapping
    run: ImportRun
    repeats: list[KeyedRefusal]

    @property
    def work(self) -> Work:
        """What marks the calls of this import in the log."""
        return work_of(self.run, self.mapping)

    def call(
        self, action: str, step: str, given: Struct, *, name: str, origin: str = "", at: datetime | None = None
    ) -> Call:
        return Call(
            action=action,
            input=given,
            actor=self.actor,
            door=DOOR,
            key=f"{prefix_of(self.mapping)}{step}/{name}",
            at=at,
            origin=f"{self.run.file_name}:{origin}" if origin else self.run.file_name,
        )

    async def do(self, calls: Sequence[Call]) -> list[Answer]:
        """Run calls of one action, in order; while the database is away, wait for it.

        Raises: ImportStopped, when it is not a document that is refused.
        """
        answers = await self._answers(calls)
        for call, answer in zip(calls, answers, strict=True):
            if answer.error is None:
                continue
            rest = (call.key or "").removeprefix(prefix_of(self.mapping))
            if answer.error.status >= 500 or isinstance(answer.error, Denied):
                step, _, document = rest.partition("/")
                raise ImportStopped(step=step, document=document, reason=answer.error)
            if isinstance(answer.error, KeyReused):
                self.repeats.append(KeyedRefusal(rest, call.origin or "", answer.error))
        return answers

    async def look(self, read: Callable[[Tx], Awaitable[T]]) -> T:
        """Ask other modules something, under the actor's scope; while the database is away, wait for it."""
        for _ in range(ATTEMPTS_MAX):
            try:
                return await self.runner.db.run(lambda: self._look(read))
            except DatabaseAway:
                await asyncio.sleep(AWAY_S)
        return await self._look(read)

    async def _look(self, read: Callable[[Tx], Awaitable[T]]) -> T:
        async with self.runner.db.reading(self.actor) as tx:
            return await read(tx)

    async def _answers(self, calls: Sequence[Call]) -> list[Answer]:
        """Repeating a list is safe: what was done is answered by its keys."""
        answers = await self.runner.run_list(calls)
        for _ in range(ATTEMPTS_MAX):
            if not any(isinstance(answer.error, DatabaseAway) for answer in answers):
                break
            await asyncio.sleep(AWAY_S)
            answers = await self.runner.run_list(calls)
        return answers


def work_of(run: ImportRun, mapping: OrderMapping) -> Work:
    """What marks the calls of an import in the log."""
    return Work(actor_id=run.actor_id, since=run.cause, keys=prefix_of(mapping), origins=run.file_name)


def prefix_of(mapping: OrderMapping) -> str:
    return f"import/{mapping.name}/{mapping.shop}/"
