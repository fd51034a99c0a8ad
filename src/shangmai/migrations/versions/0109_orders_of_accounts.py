"""Which channel account sold an order."""

from shangmai.kernel.db.migrate import run_sql

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE order_particulars ADD COLUMN account_id uuid;
UPDATE order_particulars p SET account_id = c.account_id FROM channel_orders c WHERE c.order_id = p.order_id;
""")
