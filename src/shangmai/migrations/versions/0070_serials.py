"""Serial numbers: where each piece is, and what happened to it."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE serials (
  company_id uuid NOT NULL REFERENCES companies (id),
  sku_id uuid NOT NULL,
  serial text NOT NULL,
  lot text NOT NULL,
  state text NOT NULL CHECK (state IN ('in', 'out')),
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  order_id uuid CHECK (order_id IS NULL OR state = 'out'),
  line integer,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (company_id, sku_id, serial)
);
CREATE INDEX serials_number ON serials (serial);
CREATE INDEX serials_here ON serials (warehouse_id, sku_id) WHERE state = 'in';
CREATE INDEX serials_order ON serials (order_id) WHERE order_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (lot, state, warehouse_id, order_id, line, changed_at, cause) ON serials TO shangmai_app;
CREATE TABLE serial_steps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  serial text NOT NULL,
  state text NOT NULL CHECK (state IN ('in', 'out')),
  warehouse_id uuid NOT NULL,
  order_id uuid,
  line integer,
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX serial_steps_number ON serial_steps (serial);
GRANT SELECT, INSERT ON serial_steps TO shangmai_app;
""")
    # A piece goes from warehouse to warehouse of its company; who works in one of them may look it up.
    for table in ("serials", "serial_steps"):
        run_sql(scope_policy(table, company="company_id"))
        run_sql(
            f"CREATE POLICY on_the_floor ON {table} FOR SELECT"  # sql: one of two names
            " USING (company_id IN (SELECT w.company_id FROM warehouses w));\n"
        )
