"""What the doors expect of whoever tells who is calling."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

import msgspec

from shangmai.kernel.actors import Actor

if TYPE_CHECKING:
    from shangmai.kernel.db.database import Database

SESSION_COOKIE: Final = "shangmai_session"
_COOKIE_NAME: Final = SESSION_COOKIE.encode()

ANONYMOUS: Final = Actor(id=UUID(int=1), kind="anonymous", name="anonymous")
"""Whoever reads a public route without credentials: no grants, no rows."""


class Authenticator(Protocol):
    async def authenticate(
        self, db: Database, *, bearer: str | None, cookie: str | None, csrf: str | None, method: str
    ) -> Actor:
        """Tell who is calling. A session's cookie needs its CSRF token with every method that can change something.

        Raises: Unauthenticated, also when there are no credentials at all.
        """
        ...


class Credentials(msgspec.Struct, frozen=True):
    """What a request carries to say who sends it."""

    bearer: str | None = None
    cookie: str | None = None
    csrf: str | None = None

    @property
    def given(self) -> bool:
        return self.bearer is not None or self.cookie is not None


def read_credentials(headers: Iterable[tuple[bytes, bytes]]) -> Credentials:
    """Read them from the headers of an ASGI scope."""
    head = dict(headers)
    csrf = head.get(b"x-csrf-token")
    return Credentials(
        bearer_of(head.get(b"authorization", b"")),
        session_of(head.get(b"cookie", b"")),
        None if csrf is None else csrf.decode("latin-1"),
    )


def bearer_of(authorization: bytes) -> str | None:
    """Give the token of `Authorization: Bearer …`."""
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else None


def session_of(cookies: bytes) -> str | None:
    """Give the session cookie's value."""
    for part in cookies.split(b";") if cookies else ():
        name, _, value = part.strip().partition(b"=")
        if name == _COOKIE_NAME:
            return value.decode("latin-1") or None
    return None
