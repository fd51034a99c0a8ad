"""The lots of transfers between warehouses."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE transfer_lots (
  document_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  lot text NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  PRIMARY KEY (document_id, sku_id, lot)
);
GRANT SELECT, INSERT ON transfer_lots TO shangmai_app;
""")
    run_sql(scope_policy("transfer_lots", warehouse="warehouse_id"))
