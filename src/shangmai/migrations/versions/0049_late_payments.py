"""Orders know that they ran out of time, and shops what becomes of money that comes later."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE orders ADD COLUMN expired_at timestamptz;
GRANT UPDATE (expired_at) ON orders TO shangmai_app;
CREATE TABLE order_late_payment_policies (
  shop_id uuid PRIMARY KEY,
  choice text NOT NULL CHECK (choice IN ('hold_again', 'refund')),
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (choice, set_at, cause) ON order_late_payment_policies TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.set_late_payment'] WHERE code = 'merchandiser'
  AND NOT grants @> ARRAY['orders.set_late_payment'];
""")
    run_sql(scope_policy("order_late_payment_policies", shop="shop_id"))
