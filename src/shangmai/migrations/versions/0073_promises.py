"""Until when warehouses send on the same day, and what was promised by that."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE warehouse_cutoffs (
  warehouse_id uuid PRIMARY KEY REFERENCES warehouses (id),
  company_id uuid NOT NULL REFERENCES companies (id),
  cutoff text NOT NULL CHECK (cutoff ~ '^[0-2][0-9]:[0-5][0-9]$'),
  weekdays integer[] NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON warehouse_cutoffs TO shangmai_app;
CREATE TABLE delivery_promises (
  doc uuid PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  carrier text NOT NULL,
  to_province text NOT NULL,
  arrives_on date NOT NULL,
  made_at timestamptz NOT NULL,
  arrived_on date
);
CREATE INDEX shipments_at ON shipments USING brin (at);
CREATE INDEX delivery_promises_made ON delivery_promises (company_id, made_at);
GRANT SELECT, INSERT, UPDATE (arrived_on) ON delivery_promises TO shangmai_app;
""")
    run_sql(scope_policy("warehouse_cutoffs", company="company_id"))
    run_sql(scope_policy("delivery_promises", company="company_id"))
