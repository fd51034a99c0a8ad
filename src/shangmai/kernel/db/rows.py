"""Adding many rows at once, by one statement.

Rows of tables that get many go as one array of a composite type: an array for each column costs the driver half as much
again, for it looks at each value whether it is an array too, and COPY would cost a second round trip. Such a type is
made by a migration and never altered: one that adds columns makes another type, so that a process that still runs is
not disturbed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from shangmai.kernel.db.behind import Write, together
from shangmai.kernel.tx import Tx

Given: TypeAlias = Sequence[tuple[Any, ...]]
TYPED: Final[list[Rows]] = []
"""Those whose rows are of a composite type."""


class Rows:
    """The rows of one table; `columns` names each with its type, as in `{"id": "uuid", "payload": "json"}`.

    `row` is the composite type with these columns, if there is one. A JSON value is given as bytes that are JSON.
    """

    def __init__(self, table: str, columns: Mapping[str, str], row: str | None = None) -> None:
        self.columns = dict(columns)
        self.row = row
        names = ", ".join(columns)
        self.write = Write(
            f"INSERT INTO {table} ({names}) SELECT {self._taken()} FROM unnest({self._sent_as()})"
            f" WITH ORDINALITY AS r ({names}, place) ORDER BY place",
            adds=[table],
        )
        self._json = [n for n, kind in enumerate(columns.values()) if kind in _JSON]
        if row is not None:
            TYPED.append(self)

    async def insert(self, tx: Tx, rows: Given) -> None:
        """Add the rows in their order, now: what is wrong with one is raised here."""
        if rows:
            await tx.execute(together((self.write,)), *self._sent(rows))

    async def add(self, tx: Tx, rows: Given) -> None:
        """Add the rows in their order, together with the transaction's other writes that can wait."""
        if rows:
            await tx.later(self.write, *self._sent(rows))

    def _taken(self) -> str:
        return ", ".join(f"{name}::{kind}" if kind in _JSON else name for name, kind in self.columns.items())

    def _sent_as(self) -> str:
        if self.row is not None:
            return f"$1::{self.row}[]"
        kinds = ("text" if kind in _JSON else kind for kind in self.columns.values())
        return ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, 1))

    def _sent(self, rows: Given) -> list[Any]:
        if self.row is not None:
            return [rows]
        columns = [list(column) for column in zip(*rows, strict=True)]
        for n in self._json:
            columns[n] = [None if each is None else each.decode() for each in columns[n]]
        return columns


_JSON: Final = frozenset(["json", "jsonb"])
