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
CUSTOMER_COOKIE: Final = "shangmai_customer"
"""Its own cookie, so that whoever works here can also be signed in at the mall, in one browser."""
ACT_AS: Final = b"x-act-as"
"""The header by which the mall's pages ask to act as the customer, also where a user is signed in as well."""
CUSTOMER: Final = b"customer"
_SESSION_NAME: Final = SESSION_COOKIE.encode()
_CUSTOMER_NAME: Final = CUSTOMER_COOKIE.encode()

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
        session_of(head.get(b"cookie", b""), head.get(ACT_AS)),
        None if csrf is None else csrf.decode("latin-1"),
    )


def bearer_of(authorization: bytes) -> str | None:
    """Give the token of `Authorization: Bearer …`."""
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else None


def session_of(cookies: bytes, act_as: bytes | None = None) -> str | None:
    """Give the session's token: a user's, else a customer's; with `X-Act-As: customer` only a customer's."""
    found = {}
    for part in cookies.split(b";") if cookies else ():
        name, _, value = part.strip().partition(b"=")
        found[name] = value.decode("latin-1")
    user = None if act_as == CUSTOMER else found.get(_SESSION_NAME)
    return user or found.get(_CUSTOMER_NAME) or None
