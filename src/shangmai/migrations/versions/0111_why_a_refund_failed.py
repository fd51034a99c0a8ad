"""Why a refund failed at its provider is kept in Chinese, beside the English."""

from shangmai.kernel.db.migrate import run_sql

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE refund_calls ADD COLUMN reason_zh text;
GRANT UPDATE (reason_zh) ON refund_calls TO shangmai_app;
""")
