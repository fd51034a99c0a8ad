"""Orders that must not be shipped for now, and why."""

from shangmai.kernel.db.migrate import run_sql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE orders ADD COLUMN held_back boolean NOT NULL DEFAULT false;
GRANT UPDATE (held_back) ON orders TO shangmai_app;
CREATE TABLE order_hold_backs (
  order_id uuid NOT NULL,
  code text NOT NULL,
  zh text NOT NULL,
  en text NOT NULL,
  since timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, code)
);
GRANT SELECT, INSERT, DELETE ON order_hold_backs TO shangmai_app;
""")
