"""How lots of a SKU are handled."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE lot_rules (
  company_id uuid NOT NULL REFERENCES companies (id),
  sku_id uuid NOT NULL,
  required boolean NOT NULL,
  keep_days integer NOT NULL CHECK (keep_days >= 0),
  sell_days_min integer NOT NULL CHECK (sell_days_min >= 0),
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (company_id, sku_id)
);
GRANT SELECT, INSERT, UPDATE (required, keep_days, sell_days_min, changed_at, cause) ON lot_rules TO shangmai_app;
""")
    run_sql(scope_policy("lot_rules", company="company_id"))
    # Whoever works in a warehouse must know which of its lots are blocked, though no company is in their scope.
    for table in ("warehouse_lots", "lot_rules"):
        run_sql(
            f"CREATE POLICY on_the_floor ON {table} FOR SELECT"  # sql: one of two names
            " USING (company_id IN (SELECT w.company_id FROM warehouses w));\n"
        )
