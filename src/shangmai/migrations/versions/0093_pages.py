"""Pages of the mall that are made of blocks: which version is the newest and which is shown, and all versions."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE storefront_pages (
  shop_id uuid NOT NULL,
  slug text NOT NULL CHECK (slug <> ''),
  latest int NOT NULL CHECK (latest >= 0),
  published int CHECK (published BETWEEN 1 AND latest),
  PRIMARY KEY (shop_id, slug)
);
GRANT SELECT, INSERT, UPDATE (latest, published) ON storefront_pages TO shangmai_app;

CREATE TABLE storefront_page_versions (
  shop_id uuid NOT NULL,
  slug text NOT NULL,
  version int NOT NULL CHECK (version >= 1),
  title text NOT NULL CHECK (title <> ''),
  title_en text NOT NULL,
  blocks jsonb NOT NULL,
  saved_at timestamptz NOT NULL,
  published_at timestamptz,
  cause uuid NOT NULL,
  PRIMARY KEY (shop_id, slug, version),
  FOREIGN KEY (shop_id, slug) REFERENCES storefront_pages (shop_id, slug)
);
GRANT SELECT, INSERT, DELETE, UPDATE (published_at) ON storefront_page_versions TO shangmai_app;
""")
    for table in ("storefront_pages", "storefront_page_versions"):
        run_sql(scope_policy(table, shop="shop_id"))
