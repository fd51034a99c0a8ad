"""The types in which rows of the kernel's tables are sent, for migrations. `rows.py` says why there are such types."""

from __future__ import annotations

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
"""Of the event log, the action log, and every book. A change of shape gets a new constant and new types."""
