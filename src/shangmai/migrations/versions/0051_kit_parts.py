"""What the kits of orders consisted of, what was paid for each component, and how many pieces of it came back."""

from shangmai.kernel.db.migrate import run_sql

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_kit_parts (
  order_id uuid NOT NULL,
  line integer NOT NULL,
  sku_id uuid NOT NULL,
  per_kit bigint NOT NULL CHECK (per_kit > 0),
  share_minor bigint NOT NULL CHECK (share_minor >= 0),
  returned_qty bigint NOT NULL DEFAULT 0 CHECK (returned_qty >= 0),
  PRIMARY KEY (order_id, line, sku_id)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE (returned_qty) ON order_kit_parts TO shangmai_app;
""")
