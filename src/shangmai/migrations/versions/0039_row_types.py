"""The types in which many rows are sent as one value."""

from shangmai.kernel.db.migrate import run_sql
from shangmai.kernel.db.schema import ROW_TYPES_V1

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(ROW_TYPES_V1)
    run_sql("""
CREATE TYPE orders_row AS (
  id uuid, number text, shop_id uuid, company_id uuid, warehouse_id uuid, customer_id uuid, external_no text,
  status text, payment_status text, terms text, currency text, goods_minor bigint, freight_minor bigint,
  other_minor bigint, total_minor bigint, placed_at timestamptz, receiver bytea, note text, quoted boolean,
  deposit_minor bigint, balance_from timestamptz, balance_until timestamptz, points bigint
);
CREATE TYPE order_lines_row AS (
  order_id uuid, line integer, kind text, sku_id uuid, title text, qty bigint, unit_price numeric, amount_minor bigint
);
CREATE TYPE order_quotes_row AS (order_id uuid, quote jsonb);
""")
