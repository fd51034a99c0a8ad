"""Notices to customers."""

from shangmai.kernel.db.migrate import member_policy, run_sql, scope_policy

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE customer_notices (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  customer_id uuid NOT NULL,
  shop_id uuid NOT NULL REFERENCES shops (id),
  kind text NOT NULL,
  about uuid NOT NULL,
  order_id uuid,
  zh text NOT NULL,
  en text NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (customer_id, kind, about)
);
CREATE INDEX customer_notices_customer ON customer_notices (customer_id, id);
CREATE INDEX customer_notices_at ON customer_notices (at);
GRANT SELECT, INSERT, DELETE ON customer_notices TO shangmai_app;
CREATE TABLE customer_notices_read (
  customer_id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  up_to uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (up_to) ON customer_notices_read TO shangmai_app;
""")
    for table in ("customer_notices", "customer_notices_read"):
        run_sql(scope_policy(table, shop="shop_id"))
        run_sql(member_policy(table, "customer_id"))
