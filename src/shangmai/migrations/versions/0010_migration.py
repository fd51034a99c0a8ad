"""Migration: saved mappings of foreign files, and the runs that import them."""

from shangmai.kernel.db.migrate import run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE import_mappings (
  name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  version integer NOT NULL CHECK (version > 0),
  kind text NOT NULL CHECK (kind IN ('orders', 'sheet')),
  mapping json NOT NULL,
  saved_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (name, version)
);
GRANT SELECT, INSERT ON import_mappings TO shangmai_app;

CREATE TABLE import_runs (
  id uuid PRIMARY KEY,
  identity text NOT NULL UNIQUE,
  action text NOT NULL,
  mapping text NOT NULL,
  file_name text NOT NULL,
  file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  actor_id uuid NOT NULL,
  actor_name text NOT NULL,
  position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  report json CHECK ((report IS NULL) = (finished_at IS NULL)),
  cause uuid NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX import_runs_list ON import_runs (started_at, id);
GRANT SELECT, INSERT, UPDATE (position, finished_at, report) ON import_runs TO shangmai_app;
""")
