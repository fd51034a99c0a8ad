"""An import's file and report are for who brought it in, and for those who see everything."""

from shangmai.kernel.db.migrate import run_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE import_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON import_runs USING (
  actor_id = (SELECT NULLIF(current_setting('app.actor', true), '')::uuid)
  OR (SELECT current_setting('app.company', true) = '*' AND current_setting('app.shop', true) = '*'
    AND current_setting('app.warehouse', true) = '*' AND current_setting('app.region', true) = '*'
    AND current_setting('app.member', true) = '*'));
""")
