"""A module's GET routes behind the kernel's guard, for one caller, without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.datastructures import State

from shangmai.kernel.actors import Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.reads import DEPENDENCIES, answer_exception, plain_signatures, require_grant


class Known:
    """Whoever calls is this actor."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    async def authenticate(self, db: Database, **_: Any) -> Actor:
        return self.actor


@asynccontextmanager
async def reading(db: Database, routes: Sequence[Any], actor: Actor) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reads these routes as the actor."""
    with plain_signatures():
        app = Litestar(
            list(routes),
            dependencies=dict(DEPENDENCIES),
            guards=[require_grant],
            exception_handlers={Exception: answer_exception},
            state=State({"db": db, "authenticator": Known(actor)}),
            openapi_config=None,
        )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)), base_url="http://test") as client:
        yield client
