"""Marketing: trying a campaign on past orders."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE what_if_runs (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  currency char(3) NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz NOT NULL CHECK (until > since),
  status text NOT NULL CHECK (status IN ('running', 'finished', 'stopped')),
  asked json NOT NULL,
  counted json NOT NULL,
  done bigint NOT NULL CHECK (done BETWEEN 0 AND total),
  total bigint NOT NULL CHECK (total > 0),
  last_at timestamptz,
  last_id uuid,
  started_at timestamptz NOT NULL,
  finished_at timestamptz CHECK ((finished_at IS NULL) = (status = 'running')),
  cause uuid NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX what_if_runs_list ON what_if_runs (started_at, id);
GRANT SELECT, INSERT, UPDATE (counted, done, last_at, last_id, status, finished_at) ON what_if_runs TO shangmai_app;
""")
    run_sql(scope_policy("what_if_runs", shop="shop_id"))
