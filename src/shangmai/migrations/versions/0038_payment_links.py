"""Pay links: addresses where customers choose how to pay for an order."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE payment_links (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL UNIQUE,
  company_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  customer_id uuid,
  subject text NOT NULL,
  due_minor bigint NOT NULL CHECK (due_minor > 0),
  received_minor bigint NOT NULL CHECK (received_minor >= 0),
  currency char(3) NOT NULL,
  is_open boolean NOT NULL DEFAULT true,
  made_at timestamptz NOT NULL
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE (due_minor, received_minor, subject, is_open) ON payment_links TO shangmai_app;
""")
    run_sql(scope_policy("payment_links", shop="shop_id"))
