"""An index of what customers were told of an order: its trace tells of it."""

from shangmai.kernel.db.migrate import run_sql

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("CREATE INDEX customer_notices_order ON customer_notices (order_id) WHERE order_id IS NOT NULL;")
