"""Pieces of an order canceled before they left; what of each line's money was posted with its parcels."""

from shangmai.kernel.db.migrate import run_sql

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_part_cancels (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  at timestamptz NOT NULL,
  reason text NOT NULL,
  refund_minor bigint NOT NULL CHECK (refund_minor >= 0),
  coupons_back jsonb NOT NULL,
  points_back bigint NOT NULL CHECK (points_back >= 0),
  cause uuid NOT NULL
);
CREATE INDEX order_part_cancels_order ON order_part_cancels (order_id);
CREATE TABLE order_part_cancel_lines (
  cancel_id uuid NOT NULL REFERENCES order_part_cancels,
  line integer NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  refund_minor bigint NOT NULL,
  PRIMARY KEY (cancel_id, line)
);
GRANT SELECT, INSERT ON order_part_cancels, order_part_cancel_lines TO shangmai_app;
ALTER TABLE order_lines ADD COLUMN shipped_minor bigint NOT NULL DEFAULT 0;
GRANT UPDATE (shipped_minor, canceled_qty, canceled_minor) ON order_lines TO shangmai_app;
UPDATE order_lines SET shipped_minor = round(amount_minor::numeric * shipped_qty / qty) WHERE shipped_qty > 0;
""")
