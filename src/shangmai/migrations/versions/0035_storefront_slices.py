"""Rows of the shop window carry the slices of their orders: every window is made anew by the worker, page by page."""

from shangmai.kernel.db.migrate import run_sql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
WITH queued AS (
  INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)
  SELECT 0, 'storefront.fill', convert_to(json_build_object('shop_id', shop_id)::text, 'UTF8'), now(), 'queued'
  FROM storefront_shops RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
SELECT id, 'queued', entrypoint, priority FROM queued;
""")
