"""Orders that wait for their money, on account or for the courier, and the book of customers' credit."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(book_ddl_v1("credit", {"company_id": "uuid", "customer_id": "uuid"}))
    run_sql("""
CREATE TABLE payment_authorizations (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('on_account', 'cod')),
  order_id uuid NOT NULL,
  company_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  customer_id uuid CHECK (kind <> 'on_account' OR customer_id IS NOT NULL),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  open_minor bigint NOT NULL CHECK (open_minor BETWEEN 0 AND amount_minor),
  currency char(3) NOT NULL,
  due_on date,
  status text NOT NULL CHECK (status IN ('authorized', 'paid', 'released')),
  authorized_at timestamptz NOT NULL,
  cause uuid NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX payment_authorizations_order ON payment_authorizations (order_id) WHERE status <> 'released';
CREATE INDEX payment_authorizations_list ON payment_authorizations (authorized_at, id);
GRANT SELECT, INSERT, UPDATE (open_minor, status) ON payment_authorizations TO shangmai_app;

GRANT UPDATE (terms) ON orders TO shangmai_app;

UPDATE roles SET grants = grants || ARRAY['orders.defer_payment']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['orders.defer_payment'];
""")
    run_sql(scope_policy("payment_authorizations", shop="shop_id"))
