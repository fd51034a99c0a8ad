"""The SQL of a book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shangmai.kernel.db.behind import Read, Write


class Statements:
    """The SQL of the book of this name, whose accounts are told apart by these typed columns."""

    def __init__(self, name: str, key: Mapping[str, str]) -> None:
        columns = ", ".join(key)
        keys = _unnested(*key.values())
        same = " AND ".join(f"a.{column} = k.{column}" for column in key)
        picked = ", ".join(f"a.{column}" for column in key)
        accounts, holds, transfers = f"{name}_accounts", f"{name}_holds", f"{name}_transfers"
        self.find = Read(
            f"SELECT a.id, {picked} FROM {accounts} a JOIN {keys} AS k ({columns}) ON {same}", of=[accounts]
        )
        self.read = (
            f"SELECT {picked}, a.posted, a.held, a.floor FROM {name}_accounts a JOIN {keys} AS k ({columns}) ON {same}"
        )
        make = (
            f"INSERT INTO {accounts} ({columns}, bounded) SELECT * FROM {_unnested(*key.values(), 'boolean')}"
            f" ON CONFLICT ({columns}) DO NOTHING"
        )
        self.draw = Read(f"SELECT nextval('{accounts}_id_seq') AS id FROM generate_series(1, $1::integer)", of=[])
        self.make_late = Write(
            f"INSERT INTO {accounts} (id, {columns}, bounded, posted, held) OVERRIDING SYSTEM VALUE"
            f" SELECT * FROM {_unnested('bigint', *key.values(), 'boolean', 'bigint', 'bigint')}",
            adds=[accounts],
        )
        self.make = Write(make, adds=[accounts])
        self.make_new = Write(f"{make} RETURNING id, {columns}", adds=[accounts])
        locked = f" FROM {name}_accounts WHERE id = ANY ($1::bigint[]) AND bounded ORDER BY id FOR NO KEY UPDATE"
        self.lock = "SELECT id, floor, posted, held" + locked
        self.lock_with_keys = f"SELECT id, {columns}, floor, posted, held" + locked
        self.keys = f"SELECT id, {columns} FROM {name}_accounts WHERE id = ANY ($1::bigint[])"
        self.lock_holds = (
            f"SELECT id, debit_id, credit_id, remaining, doc, line FROM {name}_holds"
            " WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
        )
        self.open_holds = (
            f"SELECT id, doc, line, remaining FROM {name}_holds WHERE doc = ANY ($1::uuid[]) AND remaining > 0"
            " ORDER BY doc, line, id"
        )
        self.due = (
            f"SELECT id, doc, line, remaining FROM {name}_holds WHERE expires_at <= $1 AND remaining > 0"
            " ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED"
        )
        self.floors = (
            f"UPDATE {name}_accounts a SET floor = f.floor"
            " FROM unnest($1::bigint[], $2::bigint[]) AS f (id, floor) WHERE a.id = f.id"
        )
        self.change = Write(
            f"UPDATE {accounts} a SET posted = a.posted + d.posted, held = a.held + d.held"
            " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d (id, posted, held) WHERE a.id = d.id",
            changes=[accounts],
        )
        self.change_presumed = Write(
            f"UPDATE {accounts} a SET posted = d.posted, held = d.held"
            " FROM (SELECT x.id, x.posted + c.posted AS posted, x.held + c.held AS held"
            " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (id, posted, held)"
            f" JOIN {accounts} x ON x.id = c.id ORDER BY x.id FOR NO KEY UPDATE OF x) d WHERE a.id = d.id",
            changes=[accounts],
            locks=2,
            every_row=True,
        )
        self.spend = Write(
            f"UPDATE {holds} h SET remaining = s.remaining,"
            " expires_at = CASE WHEN s.remaining > 0 THEN h.expires_at END"
            " FROM unnest($1::uuid[], $2::bigint[]) AS s (id, remaining) WHERE h.id = s.id",
            changes=[holds],
        )
        self.add_holds = Write(_holds_sql(holds), adds=[holds])
        self.hold = Write(_holds_sql(holds), _held_sql(transfers), adds=[holds, transfers])
        self.transfer = Write(_transfers_sql(transfers), adds=[transfers])
        self.prove = _prove_sql(name)


def _unnested(*kinds: str) -> str:
    """The first parameters, arrays of these kinds, as rows."""
    return "unnest(" + ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, 1)) + ")"


TRANSFER: Final = "at, kind, debit_id, credit_id, amount, hold_id, doc, line, cause"


def _holds_sql(table: str) -> str:
    return (
        f"INSERT INTO {table} (id, debit_id, credit_id, amount, remaining, doc, line, expires_at, created_at)"
        " SELECT id, debit_id, credit_id, amount, amount, doc, line, expires_at, at FROM unnest($1::book_hold[])"
    )


def _held_sql(table: str) -> str:
    """The transfers of new holds, when there are no others: they say nothing that their holds do not."""
    return (
        f"INSERT INTO {table} ({TRANSFER})"
        " SELECT at, 'hold', debit_id, credit_id, amount, id, doc, line, cause"
        " FROM unnest($1::book_hold[]) WITH ORDINALITY"
        " AS h (id, debit_id, credit_id, amount, doc, line, expires_at, at, cause, place) ORDER BY place"
    )


def _transfers_sql(table: str) -> str:
    return (
        f"INSERT INTO {table} ({TRANSFER}) SELECT {TRANSFER} FROM unnest($1::book_transfer[])"
        f" WITH ORDINALITY AS t ({TRANSFER}, place) ORDER BY place"
    )


def _prove_sql(name: str) -> str:
    return f"""
WITH moved AS (
  SELECT debit_id AS id, sum(CASE WHEN kind IN ('post', 'settle') THEN -amount ELSE 0 END) AS posted,
         sum(CASE kind WHEN 'hold' THEN amount WHEN 'post' THEN 0 ELSE -amount END) AS held
  FROM {name}_transfers GROUP BY debit_id
  UNION ALL
  SELECT credit_id, sum(amount), 0 FROM {name}_transfers WHERE kind IN ('post', 'settle') GROUP BY credit_id),
summed AS (SELECT id, sum(posted) AS posted, sum(held) AS held FROM moved GROUP BY id),
spent AS (
  SELECT hold_id AS id, sum(CASE kind WHEN 'hold' THEN amount ELSE -amount END) AS remaining
  FROM {name}_transfers WHERE hold_id IS NOT NULL GROUP BY hold_id)
SELECT 'posted' AS what, coalesce(a.id, s.id)::text AS id, coalesce(a.posted, 0) AS kept,
       coalesce(s.posted, 0)::bigint AS transfers
  FROM {name}_accounts a FULL JOIN summed s USING (id)
  WHERE a.id IS NULL OR (a.bounded AND a.posted <> coalesce(s.posted, 0))
UNION ALL
SELECT 'held', a.id::text, a.held, coalesce(s.held, 0)::bigint FROM {name}_accounts a LEFT JOIN summed s USING (id)
  WHERE a.bounded AND a.held <> coalesce(s.held, 0)
UNION ALL
SELECT 'hold', coalesce(h.id, s.id)::text, coalesce(h.remaining, 0), coalesce(s.remaining, 0)::bigint
  FROM {name}_holds h FULL JOIN spent s USING (id) WHERE h.remaining IS DISTINCT FROM s.remaining
ORDER BY what, id"""
