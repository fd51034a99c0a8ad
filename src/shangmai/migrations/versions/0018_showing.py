"""What a shop shows and sells by: brands, attributes, pictures, descriptions, reviews, prices in further currencies."""

from shangmai.kernel.db.migrate import run_sql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE catalog_policy (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  review_required boolean NOT NULL DEFAULT false
);
INSERT INTO catalog_policy DEFAULT VALUES;
GRANT SELECT, UPDATE (review_required) ON catalog_policy TO shangmai_app;

CREATE TABLE brands (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL DEFAULT '',
  logo text,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE UNIQUE INDEX brand_name_once ON brands (lower(name));
GRANT SELECT, INSERT, UPDATE (name, name_en, logo) ON brands TO shangmai_app;

CREATE TABLE attributes (
  id uuid PRIMARY KEY,
  key text NOT NULL UNIQUE,
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('choice', 'choices', 'text', 'number', 'flag')),
  unit text NOT NULL,
  filterable boolean NOT NULL,
  position integer NOT NULL,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, DELETE, UPDATE (name, name_en, kind, unit, filterable, position) ON attributes TO shangmai_app;
CREATE TABLE attribute_options (
  attribute_id uuid NOT NULL REFERENCES attributes (id) ON DELETE CASCADE,
  key text NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL,
  position integer NOT NULL,
  PRIMARY KEY (attribute_id, key)
);
GRANT SELECT, INSERT, DELETE ON attribute_options TO shangmai_app;

ALTER TABLE categories ADD position integer NOT NULL DEFAULT 0;
GRANT UPDATE ON categories TO shangmai_app;

ALTER TABLE products ADD brand_id uuid REFERENCES brands (id);
ALTER TABLE products ADD names jsonb NOT NULL DEFAULT '{}';
ALTER TABLE products ADD attributes jsonb NOT NULL DEFAULT '{}';
ALTER TABLE products ADD axes text[] NOT NULL DEFAULT '{}';
ALTER TABLE products ADD tags text[] NOT NULL DEFAULT '{}';
ALTER TABLE products ADD tax_rate numeric(5, 4) CHECK (tax_rate BETWEEN 0 AND 1);
ALTER TABLE products ADD tax_code text NOT NULL DEFAULT '';
ALTER TABLE products ADD reviewed boolean NOT NULL DEFAULT false;
ALTER TABLE products ADD submitted_at timestamptz;
ALTER TABLE products ADD list_at timestamptz;
ALTER TABLE products ADD listed_at timestamptz;
ALTER TABLE products DROP CONSTRAINT products_status_check;
ALTER TABLE products ADD CONSTRAINT products_status_check
  CHECK (status IN ('draft', 'in_review', 'approved', 'listed', 'delisted'));
ALTER TABLE products ADD CONSTRAINT submitted_while_in_review
  CHECK ((submitted_at IS NOT NULL) = (status = 'in_review'));
ALTER TABLE products ADD CONSTRAINT timed_while_approved CHECK ((list_at IS NOT NULL) = (status = 'approved'));

INSERT INTO brands (id, name, created_at, cause)
  SELECT DISTINCT ON (lower(trim(brand))) gen_random_uuid(), trim(brand), created_at, cause FROM products
  WHERE trim(brand) <> '' ORDER BY lower(trim(brand)), created_at;
UPDATE products p SET brand_id = b.id FROM brands b WHERE lower(trim(p.brand)) = lower(b.name);
UPDATE products SET listed_at = created_at WHERE status IN ('listed', 'delisted');
ALTER TABLE products DROP COLUMN brand;

CREATE INDEX products_brand ON products (brand_id, id) WHERE brand_id IS NOT NULL;
CREATE INDEX products_in_review ON products (submitted_at, id) WHERE status = 'in_review';
CREATE INDEX products_to_list ON products (list_at) WHERE status = 'approved';

ALTER TABLE skus ADD name_en text NOT NULL DEFAULT '';
ALTER TABLE skus ADD min_qty integer NOT NULL DEFAULT 1 CHECK (min_qty > 0);
ALTER TABLE skus ADD max_qty integer CHECK (max_qty >= min_qty);
ALTER TABLE skus ADD qty_step integer NOT NULL DEFAULT 1 CHECK (qty_step > 0);
GRANT UPDATE (name_en, min_qty, max_qty, qty_step) ON skus TO shangmai_app;

CREATE TABLE sku_other_prices (
  sku_id uuid NOT NULL REFERENCES skus (id),
  currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  price_minor bigint NOT NULL CHECK (price_minor >= 0),
  priced_at timestamptz NOT NULL,
  PRIMARY KEY (sku_id, currency)
);
GRANT SELECT, INSERT, UPDATE (price_minor, priced_at) ON sku_other_prices TO shangmai_app;

CREATE TABLE product_descriptions (
  product_id uuid NOT NULL REFERENCES products (id),
  lang text NOT NULL,
  summary text NOT NULL,
  blocks jsonb NOT NULL,
  PRIMARY KEY (product_id, lang)
);
GRANT SELECT, INSERT, DELETE ON product_descriptions TO shangmai_app;

CREATE TABLE product_media (
  product_id uuid NOT NULL REFERENCES products (id),
  position integer NOT NULL,
  sku_id uuid REFERENCES skus (id),
  kind text NOT NULL CHECK (kind IN ('image', 'video')),
  file text,
  url text CHECK ((file IS NULL) <> (url IS NULL)),
  alt text NOT NULL,
  alt_en text NOT NULL,
  PRIMARY KEY (product_id, position)
);
GRANT SELECT, INSERT, DELETE ON product_media TO shangmai_app;

CREATE TABLE product_relations (
  product_id uuid NOT NULL REFERENCES products (id),
  kind text NOT NULL CHECK (kind IN ('related', 'accessory', 'substitute')),
  related_id uuid NOT NULL REFERENCES products (id) CHECK (related_id <> product_id),
  position integer NOT NULL,
  PRIMARY KEY (product_id, kind, related_id)
);
GRANT SELECT, INSERT, DELETE ON product_relations TO shangmai_app;

CREATE TABLE product_reviews (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  at timestamptz NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('submitted', 'approved', 'rejected')),
  version integer NOT NULL,
  by_name text NOT NULL,
  reason text NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX product_reviews_product ON product_reviews (product_id, seq);
GRANT SELECT, INSERT ON product_reviews TO shangmai_app;

CREATE TABLE product_titles (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  at timestamptz NOT NULL,
  name text NOT NULL,
  name_en text NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX product_titles_product ON product_titles (product_id, at);
GRANT SELECT, INSERT ON product_titles TO shangmai_app;
INSERT INTO product_titles (product_id, at, name, name_en, cause)
  SELECT id, created_at, name, name_en, cause FROM products ORDER BY created_at, id;

CREATE TABLE sku_titles (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku_id uuid NOT NULL REFERENCES skus (id),
  at timestamptz NOT NULL,
  name text NOT NULL,
  name_en text NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX sku_titles_sku ON sku_titles (sku_id, at);
GRANT SELECT, INSERT ON sku_titles TO shangmai_app;
INSERT INTO sku_titles (sku_id, at, name, name_en, cause)
  SELECT id, created_at, name, name_en, cause FROM skus ORDER BY created_at, id;
""")
