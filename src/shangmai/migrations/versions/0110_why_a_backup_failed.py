"""Why a backup failed is kept in Chinese, beside the English."""

from shangmai.kernel.db.migrate import run_sql

revision = "0110"
down_revision = "0109"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE backups ADD COLUMN problem_zh text NOT NULL DEFAULT '';
GRANT UPDATE (problem_zh) ON backups TO shangmai_app;
""")
