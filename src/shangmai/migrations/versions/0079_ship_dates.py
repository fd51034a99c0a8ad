"""From when SKUs that are sold before they are there may leave; what the work list and the trace look for by."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_ship_dates (
  company_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  ships_from timestamptz NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (company_id, sku_id)
);
GRANT SELECT, INSERT, DELETE, UPDATE (ships_from, set_at, cause) ON order_ship_dates TO shangmai_app;
ALTER TABLE order_units ADD COLUMN ships_from timestamptz;
GRANT UPDATE (ships_from) ON order_units TO shangmai_app;
GRANT UPDATE (warehouse_id) ON orders TO shangmai_app;
CREATE INDEX orders_to_ship ON orders (placed_at, id) WHERE status IN ('placed', 'part_shipped') AND NOT held_back
  AND (payment_status = 'paid' OR terms = 'on_account');
CREATE INDEX staff_notices_link ON staff_notices (link);
UPDATE roles SET grants = grants || ARRAY['orders.set_ship_date'] WHERE code = 'merchandiser'
  AND NOT grants @> ARRAY['orders.set_ship_date'];
""")
    run_sql(scope_policy("order_ship_dates", company="company_id"))
