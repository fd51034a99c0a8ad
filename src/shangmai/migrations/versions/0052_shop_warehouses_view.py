"""Which warehouse a shop sells from, for reads of modules above."""

from shangmai.kernel.db.migrate import run_sql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE VIEW shop_warehouses_v1 WITH (security_invoker = true) AS SELECT shop_id, warehouse_id FROM shop_warehouses;
GRANT SELECT ON shop_warehouses_v1 TO shangmai_app;
""")
