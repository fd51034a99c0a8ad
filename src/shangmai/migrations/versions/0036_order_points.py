"""Points that orders used, and that returns gave back."""

from shangmai.kernel.db.migrate import run_sql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE orders ADD COLUMN points bigint NOT NULL DEFAULT 0 CHECK (points >= 0);
ALTER TABLE returns ADD COLUMN points_back bigint NOT NULL DEFAULT 0 CHECK (points_back >= 0);
""")
