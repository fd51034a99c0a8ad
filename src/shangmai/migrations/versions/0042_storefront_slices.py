"""Rows of the shop window carry the slices of their orders, and turn when a price or promotion begins or ends.

Every window is made anew by the worker, page by page.
"""

from shangmai.kernel.db.migrate import run_sql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE storefront_turned (one boolean PRIMARY KEY DEFAULT true CHECK (one), at timestamptz NOT NULL);
INSERT INTO storefront_turned (at) VALUES (now());
GRANT SELECT, UPDATE (at) ON storefront_turned TO shangmai_app;
CREATE INDEX price_entries_begin ON price_entries (valid_from) WHERE ended_at IS NULL AND valid_from IS NOT NULL;
CREATE INDEX price_entries_end ON price_entries (valid_to) WHERE ended_at IS NULL AND valid_to IS NOT NULL;
WITH queued AS (
  INSERT INTO pgqueuer (priority, entrypoint, payload, execute_after, status)
  SELECT 0, 'storefront.fill', convert_to(json_build_object('shop_id', shop_id)::text, 'UTF8'), now(), 'queued'
  FROM storefront_shops RETURNING id, entrypoint, priority)
INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
SELECT id, 'queued', entrypoint, priority FROM queued;
""")
