"""Fulfilment units: what leaves together, from one warehouse to one receiver; and pieces canceled before they left."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE order_units (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  shop_id uuid NOT NULL,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  customer_id uuid,
  state text NOT NULL CHECK (state IN ('open', 'released', 'shipped', 'canceled', 'merged')),
  courier text NOT NULL DEFAULT '',
  receiver_hash bytea,
  release_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  released_at timestamptz,
  ended_at timestamptz,
  split_from uuid REFERENCES order_units,
  merged_into uuid REFERENCES order_units,
  revision integer NOT NULL DEFAULT 1,
  CHECK ((state IN ('shipped', 'canceled', 'merged')) = (ended_at IS NOT NULL))
);
CREATE INDEX order_units_due ON order_units (release_at, id) WHERE state = 'open';
CREATE INDEX order_units_alike ON order_units (shop_id, receiver_hash, created_at) WHERE state = 'open';
CREATE INDEX order_units_floor ON order_units (warehouse_id, created_at, id) WHERE state = 'released';
CREATE INDEX order_units_newest ON order_units (created_at, id);
CREATE INDEX order_units_merged ON order_units (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE order_unit_lines (
  unit_id uuid NOT NULL REFERENCES order_units,
  order_id uuid NOT NULL,
  line integer NOT NULL,
  qty bigint NOT NULL CHECK (qty >= 0),
  PRIMARY KEY (unit_id, order_id, line)
);
CREATE INDEX order_unit_lines_order ON order_unit_lines (order_id);
CREATE TABLE order_unit_policies (
  company_id uuid PRIMARY KEY,
  policy jsonb NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (warehouse_id, state, courier, receiver_hash, release_at, released_at, ended_at,
  merged_into, revision) ON order_units TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (qty) ON order_unit_lines TO shangmai_app;
GRANT SELECT, INSERT, UPDATE (policy, set_at, cause) ON order_unit_policies TO shangmai_app;
ALTER TABLE shipments ADD COLUMN unit_id uuid;
ALTER TABLE order_lines ADD COLUMN canceled_qty bigint NOT NULL DEFAULT 0,
  ADD COLUMN canceled_minor bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT order_lines_canceled CHECK (canceled_qty BETWEEN 0 AND qty - shipped_qty) NOT VALID;
UPDATE roles SET grants = grants || ARRAY['orders.arrange_units'] WHERE code IN ('clerk', 'picker')
  AND NOT grants @> ARRAY['orders.arrange_units'];
""")
    run_sql(scope_policy("order_units", shop="shop_id"))
    run_sql(scope_policy("order_unit_policies", company="company_id"))
