"""Orders that send something again for another order, without charge."""

from shangmai.kernel.db.migrate import run_sql

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_resends (
  order_id uuid PRIMARY KEY,
  of_order_id uuid NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX order_resends_of ON order_resends (of_order_id);
CREATE TABLE order_resend_lines (
  order_id uuid NOT NULL REFERENCES order_resends,
  of_line integer NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  PRIMARY KEY (order_id, of_line)
);
GRANT SELECT, INSERT ON order_resends, order_resend_lines TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.resend'] WHERE code = 'clerk'
  AND NOT grants @> ARRAY['orders.resend'];
""")
