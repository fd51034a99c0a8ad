"""The stream by which pages hear what has changed: `/api/v1/live`."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State
from litestar.response import Stream

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import TooMany
from shangmai.kernel.http.auth import read_credentials
from shangmai.kernel.http.live import PAGES_MAX, Live
from shangmai.modules.identity.contract import SELF

OPEN: Final = ("", "messaging")
"""Of these everyone who is signed in hears: that everything changed, and that there may be a notice for them."""


class TooManyPages(TooMany):
    """Too many pages are open on this process; they look for changes by themselves meanwhile."""

    zh = "打开的页面过多，页面会自行定时刷新。"


def grant_of(name: str) -> str:
    """The grant by which one may hear of an event: that to read its module."""
    module = name.partition(".")[0]
    return SELF if module in OPEN else f"{module}.read"


@get("/api/v1/live", opt={"grant": SELF}, include_in_schema=False)
async def follow(request: Request[Any, Any, Any], state: State, db: Database, actor: Actor) -> Stream:
    """Tell names and keys of events as they are committed (server-sent events). Raises: TooManyPages."""
    live: Live = state.live
    if live.followers >= PAGES_MAX:
        raise TooManyPages()
    given = read_credentials(request.scope["headers"])

    async def still() -> Actor:
        known: Actor = await state.authenticator.authenticate(
            db, bearer=given.bearer, cookie=given.cookie, csrf=None, method="GET"
        )
        return known

    told = live.follow(db, actor, request.headers.get("last-event-id"), still)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return Stream(told, media_type="text/event-stream", headers=headers)


routes: Final[list[Any]] = [follow]
