"""Pricing policies of companies, and the quotes that orders were placed at, frozen."""

from shangmai.kernel.db.migrate import run_sql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE pricing_policies (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company_id uuid NOT NULL,
  policy jsonb NOT NULL,
  since timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX pricing_policies_company ON pricing_policies (company_id, seq);
GRANT SELECT, INSERT ON pricing_policies TO shangmai_app;
""")
    run_sql("""
ALTER TABLE orders ADD COLUMN quoted boolean NOT NULL DEFAULT false;
CREATE TABLE order_quotes (
  order_id uuid PRIMARY KEY,
  quote jsonb NOT NULL
);
GRANT SELECT, INSERT ON order_quotes TO shangmai_app;
ALTER TABLE returns ADD COLUMN gifts_due jsonb NOT NULL DEFAULT '[]';
ALTER TABLE returns ADD COLUMN coupons_back jsonb NOT NULL DEFAULT '[]';
""")
