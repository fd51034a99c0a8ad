"""Answers that a process keeps, sent before routing: finding a kept answer takes less than finding its route.

A module offers a look (`fronts` of its `http`): given a request, the whole answer if the process has it and it is still
good, else None, and the request goes its ordinary way, which has the same answer. So a front decides nothing by itself:
it knows an address only after the route has answered it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from shangmai.kernel.db.database import Database
from shangmai.kernel.http.answers import WHOLE, request_id_of

Scope = Mapping[str, Any]


class Whole(Struct, frozen=True):
    """An answer with status 200: its header lines, each with its end and without the length, and its body."""

    lines: bytes
    body: bytes


Look = Callable[[Database, Scope], Whole | None]


class Front:
    """The looks of all modules, by what their addresses begin with; closed until `open`."""

    def __init__(self, looks: Sequence[tuple[str, Look]]) -> None:
        self._looks = looks
        self._db: Database | None = None

    def open(self, db: Database) -> None:
        self._db = db

    def answer(self, scope: Scope) -> bool:
        """Send the kept answer to this request; False where there is none, and nothing was sent."""
        if self._db is None or scope["method"] != "GET":
            return False
        path = scope["path"]
        for prefix, look in self._looks:
            if path.startswith(prefix):
                whole = scope.get("extensions", _NONE).get(WHOLE)
                found = None if whole is None else look(self._db, scope)
                return found is not None and whole(200, b"%b%b" % (_request_line(scope), found.lines), found.body)
        return False


_NONE: Final[Mapping[str, Any]] = {}


def _request_line(scope: Scope) -> bytes:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return b"x-request-id: %b\r\n" % request_id_of(given).encode()
