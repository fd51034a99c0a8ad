"""Posting rules say whose word they are: the release's or the merchant's."""

from shangmai.kernel.db.migrate import run_sql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Until now the release's own were the first general versions of these names, active since the beginning of time.
    run_sql("""
ALTER TABLE ledger_rules ADD COLUMN origin text NOT NULL DEFAULT 'merchant'
  CONSTRAINT ledger_rules_origin CHECK (origin IN ('built_in', 'merchant')
    AND (origin = 'merchant' OR company_id IS NULL));
SET LOCAL app.company = '*';
UPDATE ledger_rules SET origin = 'built_in' WHERE company_id IS NULL AND version = 1
  AND active_from = '1970-01-01T00:00:00Z' AND name IN (
    'inventory.received', 'inventory.unmatched_return', 'inventory.adjusted', 'payments.recorded.platform',
    'payments.recorded.bank', 'payments.recorded.cash', 'orders.shipped', 'orders.returned',
    'payments.refunded.platform', 'payments.refunded.bank', 'payments.refunded.cash', 'orders.deposit_kept');
ALTER TABLE ledger_rules ALTER COLUMN origin DROP DEFAULT;
""")
