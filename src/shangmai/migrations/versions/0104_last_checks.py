"""When a packer last let pieces of a request's SKU pass, and by which call: an order's trace tells of it."""

from shangmai.kernel.db.migrate import run_sql

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE pack_checks ADD COLUMN checked_at timestamptz, ADD COLUMN cause uuid;
GRANT UPDATE (checked_at, cause) ON pack_checks TO shangmai_app;
""")
