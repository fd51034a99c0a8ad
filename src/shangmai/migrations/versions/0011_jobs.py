"""Jobs and schedules (pgqueuer's tables), and the pulses by which processes show that they are alive."""

from shangmai.kernel.db.migrate import run_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    from shangmai.kernel.jobs.schema import ddl  # here: the import takes most of a second

    run_sql(ddl())
    run_sql("""
CREATE TABLE pulses (
  name text PRIMARY KEY,
  at timestamptz NOT NULL,
  detail json NOT NULL
) WITH (fillfactor = 20);
GRANT SELECT, INSERT, UPDATE, DELETE ON pulses TO shangmai_app;
""")
