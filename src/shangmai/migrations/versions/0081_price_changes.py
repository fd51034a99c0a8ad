"""Prices that somebody changed before an order was paid."""

from shangmai.kernel.db.migrate import run_sql

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_price_changes (
  order_id uuid NOT NULL,
  n integer NOT NULL,
  line integer NOT NULL,
  before_minor bigint NOT NULL CHECK (before_minor >= 0),
  after_minor bigint NOT NULL CHECK (after_minor >= 0 AND after_minor <> before_minor),
  reason text NOT NULL,
  at timestamptz NOT NULL,
  by_name text NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, n)
);
GRANT SELECT, INSERT ON order_price_changes TO shangmai_app;
GRANT UPDATE (amount_minor) ON order_lines TO shangmai_app;
GRANT UPDATE (goods_minor, freight_minor, other_minor, total_minor) ON orders TO shangmai_app;
""")
