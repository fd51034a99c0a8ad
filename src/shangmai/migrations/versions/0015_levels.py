"""Member levels: which level a customer has had since when."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE customer_levels (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  level text NOT NULL,
  since timestamptz NOT NULL,
  cause uuid NOT NULL,
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
);
CREATE INDEX customer_levels_customer ON customer_levels (customer_id, seq);
GRANT SELECT, INSERT ON customer_levels TO shangmai_app;
""")
    run_sql(scope_policy("customer_levels", shop="shop_id"))
