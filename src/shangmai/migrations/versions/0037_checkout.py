"""Checkout: carts, settings, pick-up points, and what orders of a checkout are besides orders."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE carts (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  owner bytea NOT NULL CHECK (length(owner) = 32),
  customer_id uuid,
  version integer NOT NULL,
  lines json NOT NULL,
  touched_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (shop_id, owner)
) WITH (fillfactor = 70);
CREATE INDEX carts_guests ON carts (touched_at) WHERE customer_id IS NULL;
CREATE INDEX carts_customer ON carts (customer_id) WHERE customer_id IS NOT NULL;
GRANT SELECT, INSERT, DELETE, UPDATE (version, lines, touched_at, cause) ON carts TO shangmai_app;
CREATE TABLE checkout_settings (
  shop_id uuid PRIMARY KEY REFERENCES shops (id),
  settings json NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON checkout_settings TO shangmai_app;
CREATE TABLE pickup_points (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  warehouse_id uuid NOT NULL,
  name text NOT NULL,
  phone text NOT NULL,
  region text NOT NULL,
  street text NOT NULL,
  hours text NOT NULL,
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX pickup_points_shop ON pickup_points (shop_id, name);
GRANT SELECT, INSERT, UPDATE ON pickup_points TO shangmai_app;
CREATE TABLE checkout_orders (
  order_id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  cart_id uuid,
  phone_hash bytea CHECK (length(phone_hash) = 32),
  delivery json NOT NULL,
  method text NOT NULL,
  freight json,
  invoice bytea,
  expires_at timestamptz,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (invoice, phone_hash) ON checkout_orders TO shangmai_app;
CREATE TABLE checkout_lookups (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  failures integer NOT NULL,
  since timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON checkout_lookups TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['checkout.*']
  WHERE code = 'merchandiser' AND NOT grants @> ARRAY['checkout.*'];
UPDATE roles SET grants = grants || ARRAY['checkout.place', 'checkout.cart']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['checkout.place'];
""")
    for table in ("carts", "checkout_settings", "pickup_points", "checkout_orders"):
        run_sql(scope_policy(table, shop="shop_id"))
