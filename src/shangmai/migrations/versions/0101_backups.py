"""The backups that were asked for, how far each is, and where it is."""

from shangmai.kernel.db.migrate import run_sql

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE backups (
  id uuid PRIMARY KEY,
  asked_at timestamptz NOT NULL,
  asked_by uuid,
  cause uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'running', 'made', 'failed')),
  step text NOT NULL DEFAULT '',
  done_bytes bigint NOT NULL DEFAULT 0 CHECK (done_bytes >= 0),
  path text NOT NULL DEFAULT '',
  size_bytes bigint,
  row_count bigint,
  problem text NOT NULL DEFAULT '',
  ended_at timestamptz CHECK ((ended_at IS NOT NULL) = (state IN ('made', 'failed')))
) WITH (fillfactor = 50);
CREATE INDEX backups_list ON backups (asked_at, id);
GRANT SELECT, INSERT, UPDATE (state, step, done_bytes, path, size_bytes, row_count, problem, ended_at)
  ON backups TO shangmai_app;
""")
