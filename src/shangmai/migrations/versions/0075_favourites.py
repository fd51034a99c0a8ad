"""What members keep for later; and who uploaded which pictures when, so that customers upload so many a day."""

from shangmai.kernel.db.migrate import member_policy, run_sql, scope_policy

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE storefront_favourites (
  customer_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  product_id uuid NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (customer_id, product_id)
);
GRANT SELECT, INSERT, DELETE ON storefront_favourites TO shangmai_app;
CREATE INDEX media_files_by ON media_files (by, at);
""")
    run_sql(scope_policy("storefront_favourites", shop="shop_id"))
    run_sql(member_policy("storefront_favourites", "customer_id"))
