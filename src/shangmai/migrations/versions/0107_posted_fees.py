"""Fees of providers' bills that were posted (0107_posted_fees)."""

from shangmai.kernel.db.migrate import run_sql

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE payment_statements
  ADD COLUMN fees_posted_at timestamptz,
  ADD COLUMN fees_posted_minor bigint,
  ADD CONSTRAINT payment_statements_fees CHECK ((fees_posted_at IS NULL) = (fees_posted_minor IS NULL));
GRANT UPDATE (fees_posted_at, fees_posted_minor) ON payment_statements TO shangmai_app;
CREATE INDEX payment_statement_lines_transaction ON payment_statement_lines (company_id, transaction);
""")
