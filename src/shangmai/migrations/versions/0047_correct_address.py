"""Who talks to buyers may correct where their orders go."""

from shangmai.kernel.db.migrate import run_sql

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
UPDATE roles SET grants = grants || ARRAY['orders.correct_address']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['orders.correct_address'];
""")
