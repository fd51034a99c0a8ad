"""The shop window: a row for each product that a mall shows, its words and values, sales, reviews."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
DO $$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;  -- a trusted one: CREATE on the database is enough
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE EXCEPTION 'pg_trgm cannot be created by %: %', current_user, SQLERRM
    USING HINT = 'Let an administrator run CREATE EXTENSION pg_trgm in this database, then migrate again.';
END $$;

CREATE TABLE storefront_shops (
  shop_id uuid PRIMARY KEY,
  version bigint NOT NULL,
  products bigint NOT NULL CHECK (products >= 0)
);
GRANT SELECT, INSERT, UPDATE ON storefront_shops TO shangmai_app;

CREATE TABLE storefront_products (
  shop_id uuid NOT NULL,
  product_id uuid NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  name_en text NOT NULL,
  brand text NOT NULL,
  brand_en text NOT NULL,
  price_min_minor bigint NOT NULL CHECK (price_min_minor >= 0),
  price_max_minor bigint NOT NULL CHECK (price_max_minor >= price_min_minor),
  market_minor bigint,
  currency char(3) NOT NULL,
  in_stock boolean NOT NULL,
  sales_rank integer NOT NULL CHECK (sales_rank >= 0),
  listed_at timestamptz NOT NULL,
  rating integer CHECK (rating BETWEEN 100 AND 500),
  reviews integer NOT NULL CHECK (reviews >= 0),
  picture text NOT NULL,
  badges text[] NOT NULL,
  terms bigint[] NOT NULL,
  facets bigint[] NOT NULL,
  search tsvector NOT NULL,
  words text[] NOT NULL,
  digest bytea NOT NULL,
  PRIMARY KEY (shop_id, product_id)
);
-- One index for words and values, so that one scan intersects them all. Without fastupdate: a list of pending entries
-- would be read through by every search, and the handler that writes them has nobody waiting for it.
CREATE INDEX storefront_products_found ON storefront_products USING gin (search, terms) WITH (fastupdate = off);
CREATE INDEX storefront_products_sales ON storefront_products (shop_id, sales_rank DESC, product_id);
CREATE INDEX storefront_products_price ON storefront_products (shop_id, price_min_minor, product_id);
CREATE INDEX storefront_products_newest ON storefront_products (shop_id, listed_at DESC, product_id);
CREATE INDEX storefront_products_product ON storefront_products (product_id);
ALTER TABLE storefront_products ALTER search SET STATISTICS 1000, ALTER terms SET STATISTICS 1000;
GRANT SELECT, INSERT, UPDATE, DELETE ON storefront_products TO shangmai_app;

CREATE TABLE storefront_terms (
  id bigint PRIMARY KEY,
  facet text NOT NULL,
  value text NOT NULL,
  parent text NOT NULL,
  facet_label text NOT NULL,
  facet_label_en text NOT NULL,
  label text NOT NULL,
  label_en text NOT NULL,
  UNIQUE (facet, value)
);
GRANT SELECT, INSERT, UPDATE ON storefront_terms TO shangmai_app;

CREATE TABLE storefront_words (
  shop_id uuid NOT NULL,
  word text NOT NULL,
  products bigint NOT NULL CHECK (products >= 0),
  PRIMARY KEY (word, shop_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON storefront_words TO shangmai_app;
CREATE TABLE storefront_spellings (
  typed text COLLATE "C" NOT NULL,
  word text NOT NULL,
  PRIMARY KEY (typed, word)
);
CREATE INDEX storefront_spellings_alike ON storefront_spellings USING gin (typed gin_trgm_ops);
GRANT SELECT, INSERT ON storefront_spellings TO shangmai_app;
CREATE TABLE storefront_dictionary (
  word text PRIMARY KEY,
  taught_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT ON storefront_dictionary TO shangmai_app;

CREATE TABLE storefront_sales (
  shop_id uuid NOT NULL,
  product_id uuid NOT NULL,
  pieces bigint NOT NULL,
  PRIMARY KEY (shop_id, product_id)
);
GRANT SELECT, INSERT, UPDATE ON storefront_sales TO shangmai_app;

CREATE TABLE storefront_reviews (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  product_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  order_id uuid NOT NULL,
  line integer NOT NULL,
  customer_id uuid NOT NULL,
  stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
  text text NOT NULL,
  pictures text[] NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
  held_for text[] NOT NULL,
  reason text NOT NULL,
  reply text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT one_review_a_line UNIQUE (order_id, line)
);
CREATE INDEX storefront_reviews_shown ON storefront_reviews (product_id, shop_id, id) WHERE status = 'approved';
CREATE INDEX storefront_reviews_waiting ON storefront_reviews (shop_id, status, id);
GRANT SELECT, INSERT, UPDATE (status, reason, reply) ON storefront_reviews TO shangmai_app;
""")
    run_sql(scope_policy("storefront_reviews", shop="shop_id"))
