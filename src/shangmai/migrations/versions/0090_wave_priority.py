"""How urgent a wave is: its tasks are fetched before others'."""

from shangmai.kernel.db.migrate import run_sql

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE pick_waves ADD COLUMN priority integer NOT NULL DEFAULT 0;
CREATE INDEX pick_requests_urgent ON pick_requests (warehouse_id, priority DESC, due_at) WHERE state = 'waiting';
""")
