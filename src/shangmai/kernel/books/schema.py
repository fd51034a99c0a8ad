"""The tables of a book, for migrations. A change of shape gets a new function; released migrations keep theirs."""

from __future__ import annotations

from collections.abc import Mapping


def book_ddl_v2(name: str, key: Mapping[str, str]) -> str:
    """`book_ddl_v1`, with ids of accounts that can be drawn ahead."""
    return book_ddl_v1(name, key) + f"GRANT USAGE ON SEQUENCE {name}_accounts_id_seq TO shangmai_app;\n"


def book_ddl_v1(name: str, key: Mapping[str, str]) -> str:
    """The DDL of a book whose accounts are told apart by these typed columns, e.g. `{"sku_id": "uuid"}`.

    Transfers are partitioned by the month of their business time (`ensure_month` makes the partitions). `doc` and
    `line` say which document line a transfer belongs to, `cause` which action's log row or event made it. A hold that
    is spent loses its expiry, so the index of expiries needs no condition on what remains: settling a hold then touches
    no index at all.
    """
    columns = "".join(f"  {column} {kind} NOT NULL,\n" for column, kind in key.items())
    return f"""
CREATE TABLE {name}_accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
{columns}  bounded boolean NOT NULL,
  floor bigint NOT NULL DEFAULT 0,
  posted bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  CONSTRAINT {name}_floor CHECK (NOT bounded OR posted - held >= floor),
  CONSTRAINT {name}_unbounded_keeps_no_balance CHECK (bounded OR (posted = 0 AND held = 0)),
  CONSTRAINT {name}_key UNIQUE ({", ".join(key)})
) WITH (fillfactor = 60);
CREATE TABLE {name}_holds (
  id uuid PRIMARY KEY,
  debit_id bigint NOT NULL,
  credit_id bigint NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  remaining bigint NOT NULL CHECK (remaining BETWEEN 0 AND amount),
  doc uuid NOT NULL,
  line integer NOT NULL,
  expires_at timestamptz,
  created_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX {name}_holds_doc ON {name}_holds (doc);
CREATE INDEX {name}_holds_expiry ON {name}_holds (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE {name}_transfers (
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('post', 'hold', 'settle', 'release', 'expire')),
  debit_id bigint NOT NULL,
  credit_id bigint NOT NULL CHECK (credit_id <> debit_id),
  amount bigint NOT NULL CHECK (amount > 0),
  hold_id uuid CHECK ((hold_id IS NULL) = (kind = 'post')),
  doc uuid NOT NULL,
  line integer NOT NULL,
  cause uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX {name}_transfers_debit ON {name}_transfers (debit_id, at);
CREATE INDEX {name}_transfers_credit ON {name}_transfers (credit_id, at);
CREATE INDEX {name}_transfers_doc ON {name}_transfers (doc);
GRANT SELECT, INSERT, UPDATE (posted, held, floor) ON {name}_accounts TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (remaining, expires_at) ON {name}_holds TO shangmai_app;
GRANT SELECT, INSERT ON {name}_transfers TO shangmai_app;
INSERT INTO monthly_tables (name, column_name) VALUES ('{name}_transfers', 'at');
"""
