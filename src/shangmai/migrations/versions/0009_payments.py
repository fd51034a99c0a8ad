"""Payments: money received and given back, and the book that keeps refunds below receipts."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE payments (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
  order_id uuid NOT NULL,
  company_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  customer_id uuid,
  method text NOT NULL,
  reference text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (kind, method, reference)
);
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX payments_list ON payments (at, id);
GRANT SELECT, INSERT ON payments TO shangmai_app;
""")
    run_sql(book_ddl_v1("receipts", {"order_id": "uuid", "side": "text"}))
    run_sql(scope_policy("payments", shop="shop_id"))
