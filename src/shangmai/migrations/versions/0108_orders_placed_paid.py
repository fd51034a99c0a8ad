"""Orders are written with the money that came with them: the type in which their rows are sent has it too."""

from shangmai.kernel.db.migrate import run_sql

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TYPE orders_row_2 AS (
  id uuid, number text, shop_id uuid, company_id uuid, warehouse_id uuid, customer_id uuid, external_no text,
  status text, payment_status text, terms text, currency text, goods_minor bigint, freight_minor bigint,
  other_minor bigint, total_minor bigint, placed_at timestamptz, receiver bytea, note text, quoted boolean,
  deposit_minor bigint, balance_from timestamptz, balance_until timestamptz, points bigint, paid_minor bigint
);
""")
