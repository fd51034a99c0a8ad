"""What kind of order each is, and orders that send something else for goods that come back."""

from shangmai.kernel.db.migrate import run_sql

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A default that is a constant writes no row. Orders are inserted without the column; the few that are of another
    # kind get it in the same transaction.
    run_sql("""
ALTER TABLE orders ADD COLUMN kind text NOT NULL DEFAULT 'normal'
  CHECK (kind IN ('normal', 'resend', 'exchange', 'presale', 'b2b'));
GRANT UPDATE (kind) ON orders TO shangmai_app;
UPDATE orders SET kind = 'resend' WHERE id IN (SELECT order_id FROM order_resends);
UPDATE orders SET kind = 'presale' WHERE deposit_minor > 0 AND kind = 'normal';
UPDATE orders SET kind = 'b2b' WHERE terms = 'on_account' AND kind = 'normal';
CREATE TABLE order_exchanges (
  order_id uuid PRIMARY KEY,
  of_order_id uuid NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX order_exchanges_of ON order_exchanges (of_order_id);
CREATE TABLE order_exchange_lines (
  order_id uuid NOT NULL REFERENCES order_exchanges,
  of_line integer NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  sku_id uuid NOT NULL,
  returned_before bigint NOT NULL CHECK (returned_before >= 0),
  PRIMARY KEY (order_id, of_line)
);
GRANT SELECT, INSERT ON order_exchanges, order_exchange_lines TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.exchange'] WHERE code = 'clerk'
  AND NOT grants @> ARRAY['orders.exchange'];
""")
