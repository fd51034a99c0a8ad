"""What of a warehouse's requests is at the packing station, without looking through all that ever left."""

from shangmai.kernel.db.migrate import run_sql

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("CREATE INDEX pick_requests_at ON pick_requests (warehouse_id, state, asked_at, doc);")
