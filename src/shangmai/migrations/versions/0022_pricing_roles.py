"""Customer service sees prices, promotions and coupons, and may give a customer a coupon."""

from shangmai.kernel.db.migrate import run_sql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
UPDATE roles SET grants = grants || ARRAY['pricing.read', 'pricing.grant_coupon']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['pricing.read'];
""")
