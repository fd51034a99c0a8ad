"""The catalog: categories, products, SKUs, barcodes, kits, price history."""

from shangmai.kernel.db.migrate import run_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE categories (
  id uuid PRIMARY KEY,
  parent_id uuid REFERENCES categories (id) CHECK (parent_id <> id),
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT category_name_once UNIQUE NULLS NOT DISTINCT (parent_id, name)
);
GRANT SELECT, INSERT ON categories TO shangmai_app;

CREATE TABLE products (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9_-]([A-Z0-9 _-]{0,62}[A-Z0-9_-])?$'),
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL,
  category_id uuid REFERENCES categories (id),
  brand text NOT NULL,
  status text NOT NULL CHECK (status IN ('draft', 'listed', 'delisted')),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX products_category ON products (category_id, code);
GRANT SELECT, INSERT, UPDATE ON products TO shangmai_app;

CREATE TABLE skus (
  id uuid PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products (id),
  position integer NOT NULL,
  code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9_-]([A-Z0-9 _-]{0,62}[A-Z0-9_-])?$'),
  name text NOT NULL CHECK (name <> ''),
  attributes jsonb NOT NULL,
  weight_g integer NOT NULL CHECK (weight_g >= 0),
  price_minor bigint NOT NULL CHECK (price_minor >= 0),
  currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  priced_at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('goods', 'kit', 'service')),
  status text NOT NULL CHECK (status IN ('active', 'inactive')),
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (id, kind)
);
CREATE INDEX skus_product ON skus (product_id, position);
GRANT SELECT, INSERT ON skus TO shangmai_app;
GRANT UPDATE (name, attributes, weight_g, price_minor, currency, priced_at, status, version) ON skus TO shangmai_app;

CREATE TABLE sku_barcodes (
  key text PRIMARY KEY,
  barcode text NOT NULL,
  internal boolean NOT NULL,
  sku_id uuid NOT NULL REFERENCES skus (id),
  position integer NOT NULL
);
CREATE INDEX sku_barcodes_sku ON sku_barcodes (sku_id, position);
GRANT SELECT, INSERT, DELETE ON sku_barcodes TO shangmai_app;

CREATE TABLE kit_components (
  kit_id uuid NOT NULL,
  kit_kind text NOT NULL DEFAULT 'kit' CHECK (kit_kind = 'kit'),
  component_id uuid NOT NULL,
  component_kind text NOT NULL CHECK (component_kind <> 'kit'),
  qty integer NOT NULL CHECK (qty > 0),
  share_weight bigint NOT NULL CHECK (share_weight >= 0),
  position integer NOT NULL,
  PRIMARY KEY (kit_id, component_id),
  FOREIGN KEY (kit_id, kit_kind) REFERENCES skus (id, kind),
  FOREIGN KEY (component_id, component_kind) REFERENCES skus (id, kind)
);
CREATE INDEX kit_components_component ON kit_components (component_id);
GRANT SELECT, INSERT, DELETE ON kit_components TO shangmai_app;

CREATE FUNCTION refuse_empty_kit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kit uuid := CASE TG_TABLE_NAME WHEN 'skus' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(OLD) ->> 'kit_id' END;
BEGIN
  IF NOT EXISTS (SELECT FROM kit_components WHERE kit_id = kit) THEN
    RAISE EXCEPTION 'kit % has no components', kit USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER kit_is_not_empty AFTER INSERT ON skus DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'kit') EXECUTE FUNCTION refuse_empty_kit();
CREATE CONSTRAINT TRIGGER kit_stays_filled AFTER DELETE ON kit_components DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION refuse_empty_kit();

CREATE TABLE sku_prices (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku_id uuid NOT NULL REFERENCES skus (id),
  at timestamptz NOT NULL,
  price_minor bigint NOT NULL CHECK (price_minor >= 0),
  currency char(3) NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX sku_prices_sku ON sku_prices (sku_id, seq);
GRANT SELECT, INSERT ON sku_prices TO shangmai_app;
""")
