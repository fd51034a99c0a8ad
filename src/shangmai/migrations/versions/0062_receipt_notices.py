"""Receiving notices, and what was received of them."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE receipt_notices (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  reference text NOT NULL,
  expected_on date,
  over_percent integer NOT NULL CHECK (over_percent BETWEEN 0 AND 100),
  status text NOT NULL CHECK (status IN ('open', 'closed')),
  made_at timestamptz NOT NULL,
  closed_at timestamptz CHECK ((closed_at IS NULL) = (status = 'open')),
  cause uuid NOT NULL
);
CREATE INDEX receipt_notices_list ON receipt_notices (warehouse_id, number);
GRANT SELECT, INSERT, UPDATE (status, closed_at) ON receipt_notices TO shangmai_app;
CREATE TABLE receipt_notice_lines (
  notice_id uuid NOT NULL REFERENCES receipt_notices (id),
  line integer NOT NULL CHECK (line > 0),
  sku_id uuid NOT NULL,
  expected bigint NOT NULL CHECK (expected > 0),
  cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
  received bigint NOT NULL CHECK (received >= 0),
  defective bigint NOT NULL CHECK (defective BETWEEN 0 AND received),
  PRIMARY KEY (notice_id, line)
);
GRANT SELECT, INSERT, UPDATE (received, defective) ON receipt_notice_lines TO shangmai_app;
CREATE TABLE notice_receipts (
  id uuid PRIMARY KEY,
  notice_id uuid NOT NULL REFERENCES receipt_notices (id),
  warehouse_id uuid NOT NULL,
  slip text NOT NULL,
  document_id uuid NOT NULL,
  at timestamptz NOT NULL,
  lines json NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT notice_receipts_slip UNIQUE (notice_id, slip)
);
GRANT SELECT, INSERT ON notice_receipts TO shangmai_app;
""")
    run_sql(scope_policy("receipt_notices", warehouse="warehouse_id"))
    run_sql(scope_policy("notice_receipts", warehouse="warehouse_id"))
