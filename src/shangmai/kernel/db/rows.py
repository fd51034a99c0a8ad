"""Inserting many rows at once: by one statement when they are few, by COPY when they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from shangmai.kernel.tx import Tx

Given: TypeAlias = Sequence[tuple[Any, ...]]
COPY_MIN: Final = 64
"""From so many rows on COPY wins: a third less time on both sides, for a second round trip."""


class Rows:
    """The rows of one table; `columns` names each with its type, as in `{"id": "uuid", "payload": "json"}`.

    A JSON value is given as bytes. Not for tables under row-level security, where PostgreSQL refuses COPY.
    """

    def __init__(self, table: str, columns: Mapping[str, str]) -> None:
        self._table = table
        self._names = tuple(columns)
        self._json = [n for n, kind in enumerate(columns.values()) if kind == "json"]
        self._columns = dict(columns)

    async def insert(self, tx: Tx, rows: Given) -> None:
        """Insert the rows in their order."""
        if len(rows) >= COPY_MIN:
            await tx.conn.copy_records_to_table(self._table, records=rows, columns=self._names)
        elif rows:
            await tx.execute(_statement((self,)), *self._sent(rows))

    def _sent(self, rows: Given) -> list[list[Any]]:
        columns = [list(column) for column in zip(*rows, strict=True)]
        for n in self._json:
            columns[n] = [None if each is None else each.decode() for each in columns[n]]
        return columns

    def _sql(self, first: int) -> str:
        """The statement whose parameters begin at this number."""
        sent = ", ".join(f"${n}::{_sent_as(kind)}[]" for n, kind in enumerate(self._columns.values(), first))
        taken = ", ".join(f"{name}::{kind}" for name, kind in self._columns.items())
        names = ", ".join(self._columns)
        return (
            f"INSERT INTO {self._table} ({names}) SELECT {taken} FROM unnest({sent})"
            f" WITH ORDINALITY AS r ({names}, place) ORDER BY place"
        )


async def insert_all(tx: Tx, *parts: tuple[Rows, Given]) -> None:
    """Insert rows of several tables: of those with few by one statement, for every round trip costs as much as rows."""
    few = [(table, rows) for table, rows in parts if 0 < len(rows) < COPY_MIN]
    if few:
        sent = [column for table, rows in few for column in table._sent(rows)]
        await tx.execute(_statement(tuple(table for table, _ in few)), *sent)
    for table, rows in parts:
        if len(rows) >= COPY_MIN:
            await table.insert(tx, rows)


@cache
def _statement(tables: tuple[Rows, ...]) -> str:
    """One statement for these tables, with their parameters one after the other."""
    parts, first = [], 1
    for table in tables:
        parts.append(table._sql(first))
        first += len(table._names)
    *before, last = parts
    return (f"WITH {', '.join(f't{n} AS ({part})' for n, part in enumerate(before))} " if before else "") + last


def _sent_as(kind: str) -> str:
    return "text" if kind == "json" else kind
