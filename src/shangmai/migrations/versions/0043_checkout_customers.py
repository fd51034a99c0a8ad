"""Checkout: whose an order is, so that what is personal of it goes when the customer is erased."""

from shangmai.kernel.db.migrate import run_sql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE checkout_orders ADD COLUMN customer_id uuid;
CREATE INDEX checkout_orders_customer ON checkout_orders (customer_id) WHERE customer_id IS NOT NULL;
""")
