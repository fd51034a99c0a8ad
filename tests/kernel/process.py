"""Another process of the kernel, to be killed: `python -m tests.kernel.process <role> <dsn> …`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

ROOT = Path(__file__).parents[2]


class Process(AbstractAsyncContextManager["Process"]):
    """A child in a session of its own, read line by line; it does not outlive the block."""

    def __init__(self, role: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "tests.kernel.process", role, *arguments]

    async def __aenter__(self) -> Process:
        self.child = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.child.returncode is None:
            self.kill()
        await self.child.wait()

    def kill(self) -> None:
        """As the kernel does when memory runs out: no last words."""
        self.child.send_signal(signal.SIGKILL)

    async def end(self) -> int:
        """Wait until it ends by itself; its exit status."""
        return await self.child.wait()

    async def lines(self, up_to: int) -> AsyncIterator[str]:
        """The next lines that it writes; fewer when it ends before."""
        assert self.child.stdout is not None
        for _ in range(up_to):
            line = await self.child.stdout.readline()
            if not line:
                return
            yield line.decode().rstrip("\n")


async def call(dsn: str, sku: str, count: str) -> None:
    """Take a piece with each of the keys `call-0` …, eight at a time, and write down each answer."""
    from shangmai.kernel.actions.contract import Call
    from shangmai.kernel.actions.runner import Runner
    from shangmai.kernel.actors import SYSTEM
    from shangmai.kernel.db.database import Database
    from tests.kernel.declared import Take

    keys = iter(range(int(count)))
    async with await Database.connect(dsn, size=2) as db:
        runner = Runner(db)

        async def client() -> None:
            for n in keys:
                take = Take(sku=UUID(sku), qty=1, shop_id=UUID(sku))
                answer = await runner.run(
                    Call(action="test.take", input=take, actor=SYSTEM, door="test", key=f"call-{n}")
                )
                assert answer.error is None, answer.error
                print(f"call-{n} {answer.encoded.decode()}", flush=True)

        await asyncio.gather(*(client() for _ in range(8)))


async def work(dsn: str, consumer: str, lanes: str, name: str) -> None:
    """Handle events as the tests' consumers do, and write down how many each batch had."""
    from shangmai.kernel.db.database import Database
    from shangmai.kernel.events.reader import Reader
    from tests.kernel.consumers import recording

    async with await Database.connect(dsn, size=4) as db:
        reader = Reader(db, [recording(consumer, lanes=int(lanes), batch=20, worker=name, told=_say)])
        _say(0)  # it is about to begin
        await reader.run()


async def bring_up(dsn: str) -> None:
    """Migrate a database."""
    from shangmai.kernel.db.migrate import migrate
    from tests.kernel.conftest import KERNEL

    await migrate(dsn, revision=KERNEL)


def _say(count: int) -> None:
    print(count, flush=True)


if __name__ == "__main__":
    from shangmai.kernel.crypto import Vault, use_vault
    from tests.kernel import declared

    declared.install()
    use_vault(Vault([b"the same for all such processes."]))
    roles: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {"call": call, "work": work, "migrate": bring_up}
    asyncio.run(roles[sys.argv[1]](*sys.argv[2:]))
