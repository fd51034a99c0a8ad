"""Transfers that pickers fetch: a request of the floor that goes to another warehouse, and its wave."""

from shangmai.kernel.db.migrate import run_sql

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE pick_requests ADD COLUMN to_warehouse_id uuid, ADD COLUMN reference text NOT NULL DEFAULT '';
CREATE INDEX pick_requests_transfers ON pick_requests (warehouse_id, asked_at) WHERE to_warehouse_id IS NOT NULL;
ALTER TABLE pick_waves DROP CONSTRAINT pick_waves_kind_check;
ALTER TABLE pick_waves ADD CONSTRAINT pick_waves_kind_check
  CHECK (kind IN ('single', 'multi', 'hot', 'big', 'transfer'));
""")
