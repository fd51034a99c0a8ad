"""What migrations make for the kernel: the types in which rows of its tables are sent, and the counts of facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ROW_TYPES_V1: Final = """
CREATE TYPE events_row AS (
  id uuid, name text, key text, lane_hash smallint, at timestamptz, cause uuid, payload json
);
CREATE TYPE action_log_row AS (
  id uuid, at timestamptz, action text, door text, actor_id uuid, actor_kind text, actor_name text, key text,
  origin text, input json, ok boolean, error_code text, output json, duration_us bigint
);
CREATE TYPE book_hold AS (
  id uuid, debit_id bigint, credit_id bigint, amount bigint, doc uuid, line integer, expires_at timestamptz,
  at timestamptz, cause uuid
);
CREATE TYPE book_transfer AS (
  at timestamptz, kind text, debit_id bigint, credit_id bigint, amount bigint, hold_id uuid, doc uuid, line integer,
  cause uuid
);
"""
"""Of the event log, the action log, and every book (`rows.py`). A change of shape gets a new constant and new types."""

FACTS_V1: Final = """
CREATE TABLE fact_versions (
  name text PRIMARY KEY,
  version bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
GRANT SELECT ON fact_versions TO shangmai_app;
CREATE FUNCTION count_facts_v1() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE fact_versions SET version = version + 1 WHERE name = TG_ARGV[0];
  RETURN NULL;
END
$$;
"""
"""The counts of `facts.py`, one row a kind."""


def count_facts_v1(kind: str, tables: Mapping[str, str]) -> str:
    """SQL that counts a kind of facts up whenever a statement changes one of these tables.

    Of each table the changes that count, in the words of CREATE TRIGGER; none: every one.
    """
    script = f"INSERT INTO fact_versions (name) VALUES ('{kind}');\n"
    for table, when in tables.items():
        script += (
            f"CREATE TRIGGER count_facts AFTER {when or 'INSERT OR UPDATE OR DELETE OR TRUNCATE'} ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION count_facts_v1('{kind}');\n"
        )
    return script
