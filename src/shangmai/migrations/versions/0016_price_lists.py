"""Price lists: who they are for, and what they set for which quantity and time."""

from shangmai.kernel.db.migrate import run_sql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE pricing_versions (
  name text PRIMARY KEY CHECK (name IN ('lists', 'promotions')),
  version bigint NOT NULL DEFAULT 0,
  live integer NOT NULL DEFAULT 0 CHECK (live >= 0)
);
INSERT INTO pricing_versions (name) VALUES ('lists'), ('promotions');
GRANT SELECT, UPDATE (version, live) ON pricing_versions TO shangmai_app;

CREATE TABLE price_lists (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('base', 'channel', 'shop', 'level', 'customer')),
  channel text CHECK ((channel IS NOT NULL) = (kind = 'channel')),
  shop_id uuid CHECK ((shop_id IS NOT NULL) = (kind = 'shop')),
  level text CHECK ((level IS NOT NULL) = (kind = 'level')),
  currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  priority integer NOT NULL,
  created_at timestamptz NOT NULL,
  closed_at timestamptz CHECK (closed_at >= created_at),
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (name, name_en, priority, closed_at) ON price_lists TO shangmai_app;
ALTER TABLE price_lists ENABLE ROW LEVEL SECURITY;
ALTER TABLE price_lists FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON price_lists USING (shop_id IS NULL
  OR (SELECT current_setting('app.shop', true)) = '*'
  OR shop_id = ANY ((SELECT NULLIF(NULLIF(current_setting('app.shop', true), '*'), '')::uuid[])::uuid[]));

CREATE TABLE price_list_customers (
  customer_id uuid NOT NULL,
  list_id uuid NOT NULL REFERENCES price_lists (id),
  since timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (customer_id, list_id)
);
CREATE INDEX price_list_customers_list ON price_list_customers (list_id, customer_id);
GRANT SELECT, INSERT, DELETE ON price_list_customers TO shangmai_app;

CREATE TABLE price_entries (
  id uuid PRIMARY KEY,
  list_id uuid NOT NULL REFERENCES price_lists (id),
  target text NOT NULL CHECK (target IN ('sku', 'product', 'category')),
  target_id uuid NOT NULL,
  min_qty bigint NOT NULL CHECK (min_qty >= 1),
  valid_from timestamptz,
  valid_to timestamptz CHECK (valid_to > valid_from),
  price_minor bigint CHECK (price_minor >= 0),
  percent_bp integer CHECK (percent_bp BETWEEN 0 AND 100000),
  set_at timestamptz NOT NULL,
  set_by uuid NOT NULL,
  ended_at timestamptz CHECK (ended_at >= set_at),
  ended_by uuid CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
  CONSTRAINT price_or_percent CHECK (num_nonnulls(price_minor, percent_bp) = 1),
  CONSTRAINT category_by_percent CHECK (target <> 'category' OR price_minor IS NULL)
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX price_entries_once ON price_entries (list_id, target_id, min_qty, valid_from) NULLS NOT DISTINCT
  WHERE ended_at IS NULL;
CREATE INDEX price_entries_target ON price_entries (target_id, list_id);
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON price_entries TO shangmai_app;
""")
