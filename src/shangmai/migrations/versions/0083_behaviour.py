"""What shoppers look at, search for, put in and buy, as counts of a day: nothing tells who."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE storefront_behaviour (
  shop_id uuid NOT NULL,
  day date NOT NULL,
  kind text NOT NULL CHECK (kind IN ('view', 'search', 'add', 'buy')),
  product_id uuid NOT NULL,
  words text NOT NULL CHECK (length(words) <= 30),
  count bigint NOT NULL CHECK (count > 0),
  PRIMARY KEY (shop_id, day, kind, product_id, words)
) WITH (fillfactor = 70);
GRANT SELECT, INSERT, DELETE, UPDATE (count) ON storefront_behaviour TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['storefront.read_behaviour'] WHERE code = 'merchandiser' AND is_builtin
  AND NOT grants @> ARRAY['storefront.read_behaviour'];
""")
    run_sql(scope_policy("storefront_behaviour", shop="shop_id"))
