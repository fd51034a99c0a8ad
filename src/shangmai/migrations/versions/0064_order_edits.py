"""Changes of what orders consist of, made by hand before they leave."""

from shangmai.kernel.db.migrate import run_sql

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_edits (
  order_id uuid NOT NULL,
  n integer NOT NULL,
  line integer NOT NULL,
  before_sku_id uuid,
  sku_id uuid NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  reason text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, n)
);
GRANT SELECT, INSERT ON order_edits TO shangmai_app;
GRANT UPDATE (sku_id, title) ON order_lines TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.edit_goods'] WHERE code = 'clerk'
  AND NOT grants @> ARRAY['orders.edit_goods'];
""")
