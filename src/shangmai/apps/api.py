"""The API process: the action door, the modules' reads, the pages."""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol, runtime_checkable

import structlog
from litestar import Litestar
from litestar.datastructures import State

from shangmai.apps import admin, heap, lifeline, live, mall, site, status, wiring
from shangmai.apps.environment import begin_process, load_settings
from shangmai.apps.postgres import opened
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.db.database import Database
from shangmai.kernel.http import reads
from shangmai.kernel.http.actions import PATH, ActionDoor
from shangmai.kernel.http.auth import Authenticator
from shangmai.kernel.http.front import Front
from shangmai.kernel.http.live import Live
from shangmai.kernel.settings import Settings

log = structlog.get_logger(__name__)

CLOSE_TIMEOUT_S: Final = 3.0


@runtime_checkable
class Listening(Protocol):
    """An authenticator that follows changes of access while the application runs."""

    async def run(self, db: Database) -> None: ...

    def stop(self) -> None: ...


class Application(Litestar):
    """Litestar, with the action door and kept answers before its routing.

    The routing alone costs a tenth of the CPU of an order, and several times what a kept answer does.
    """

    door: ActionDoor
    front: Front

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            if scope["path"] == PATH or scope["path"].startswith(PATH + "/"):
                await self.door(scope, receive, send)
                return
            if self.front.answer(scope):
                return
        await super().__call__(scope, receive, send)


def create_app(settings: Settings, authenticator: Authenticator, *, routes: list[Any] | None = None) -> Litestar:
    """Make the application of all modules; it opens the database when it starts. Raises: RouteWithoutGrant."""
    wiring.load()
    door, front = ActionDoor(settings.lang), Front(wiring.fronts())
    described = [*status.routes, *(wiring.routes() if routes is None else routes)]
    with reads.plain_signatures():
        app = Application(
            [*site.routes, *admin.routes, *mall.routes, *live.routes, *described],
            dependencies=reads.DEPENDENCIES,
            guards=[reads.require_grant],
            exception_handlers=reads.EXCEPTION_HANDLERS,  # type: ignore[arg-type]
            before_send=[reads.add_headers],
            openapi_config=None,
            logging_config=None,
            lifespan=[_opening(settings, authenticator, door, front)],
            state=State(
                {
                    "settings": settings,
                    "lang": settings.lang,
                    "authenticator": authenticator,
                    "live": Live(live.grant_of),
                }
            ),
        )
    app.door, app.front = door, front
    app.state.documents = site.documents(described)
    reads.check_routes(app)
    return app


def _opening(settings: Settings, authenticator: Authenticator, door: ActionDoor, front: Front) -> Any:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened(settings) as dsn:
            db = await Database.connect(dsn, size=settings.pool_size)
            runner = Runner(db)
            app.state.update({"db": db, "runner": runner, "started_s": db.clock.monotonic_s()})
            door.open(runner, authenticator)
            front.open(db)
            heap.settle()
            try:
                async with _listening(authenticator, db), _beside(db, app.state.live):
                    yield
            finally:
                await _close(db)

    return lifespan


@asynccontextmanager
async def _listening(authenticator: Authenticator, db: Database) -> AsyncIterator[None]:
    if not isinstance(authenticator, Listening):
        yield
        return
    task = asyncio.create_task(authenticator.run(db))
    try:
        yield
    finally:
        authenticator.stop()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _beside(db: Database, told: Live) -> AsyncIterator[None]:
    """What modules run beside their routes, and what tells pages of changes."""
    tasks = [asyncio.create_task(listener(db)) for listener in (told.run, *wiring.listeners())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _close(db: Database) -> None:
    """Close the pool; a connection that still works for a request that is gone does not hold up the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await db.close()
            return
    db.pool.terminate()


def default_authenticator() -> Authenticator:
    """The one of the identity module, which knows customers by the members module."""
    from shangmai.modules.identity.service import Authenticator as OfIdentity
    from shangmai.modules.members import service as members

    authenticator: Authenticator = OfIdentity({members.SESSION_PREFIX: members.find_by_session})
    return authenticator


def main() -> None:
    """Serve on a socket that the launcher has bound: `python -m shangmai.apps.api --fd 5 --lifeline 6`."""
    import uvicorn

    from shangmai.apps import serving

    parser = argparse.ArgumentParser(prog="shangmai.apps.api")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--lifeline", type=int)
    given = parser.parse_args()
    lifeline.hold_on(given.lifeline)
    settings = load_settings()
    begin_process(settings)
    app = create_app(settings, default_authenticator())

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.live.is_ending = True  # else open streams would hold up the end
            super().handle_exit(sig, frame)

    Server(serving.config(app)).run(sockets=[socket.socket(fileno=given.fd)])


if __name__ == "__main__":
    main()
