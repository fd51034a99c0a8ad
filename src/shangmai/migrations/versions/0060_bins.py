"""Zones, bins and the book of pieces in them; lots and who got them; how a warehouse works on its floor."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

ACCOUNT = {
    "warehouse_id": "uuid",
    "bin_id": "uuid",
    "sku_id": "uuid",
    "bucket": "text",
    "lot": "text",
    "owner_id": "uuid",
}


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE warehouse_zones (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  code text NOT NULL,
  name text NOT NULL,
  temperature text NOT NULL CHECK (temperature IN ('ambient', 'chilled', 'frozen')),
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT warehouse_zones_code UNIQUE (warehouse_id, code)
);
GRANT SELECT, INSERT, UPDATE (name, temperature, changed_at, cause) ON warehouse_zones TO shangmai_app;
CREATE TABLE warehouse_bins (
  id uuid PRIMARY KEY,
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  zone_id uuid NOT NULL REFERENCES warehouse_zones (id),
  code text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('pick', 'reserve', 'stage', 'receive', 'quarantine')),
  aisle integer CHECK (aisle >= 0),
  bay integer CHECK (bay >= 0),
  level integer CHECK (level >= 0),
  offset_mm integer CHECK (offset_mm >= 0),
  volume_max_cm3 bigint CHECK (volume_max_cm3 > 0),
  weight_max_g bigint CHECK (weight_max_g > 0),
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT warehouse_bins_code UNIQUE (warehouse_id, code)
);
CREATE INDEX warehouse_bins_zone ON warehouse_bins (zone_id);
GRANT SELECT, INSERT, UPDATE (zone_id, kind, aisle, bay, level, offset_mm, volume_max_cm3, weight_max_g, active,
  changed_at, cause) ON warehouse_bins TO shangmai_app;
CREATE TABLE floor_policies (
  warehouse_id uuid PRIMARY KEY REFERENCES warehouses (id),
  policy json NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (policy, changed_at, cause) ON floor_policies TO shangmai_app;
CREATE TABLE warehouse_lots (
  company_id uuid NOT NULL REFERENCES companies (id),
  sku_id uuid NOT NULL,
  lot text NOT NULL CHECK (lot <> ''),
  made_on date,
  expires_on date CHECK (expires_on >= made_on),
  state text NOT NULL CHECK (state IN ('ok', 'blocked', 'recalled')),
  reason text NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (company_id, sku_id, lot)
);
GRANT SELECT, INSERT, UPDATE (made_on, expires_on, state, reason, changed_at, cause) ON warehouse_lots TO shangmai_app;
CREATE TABLE picked_lots (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  warehouse_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  lot text NOT NULL,
  doc uuid NOT NULL,
  order_id uuid NOT NULL,
  line integer NOT NULL,
  qty bigint NOT NULL CHECK (qty <> 0),
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX picked_lots_lot ON picked_lots (sku_id, lot);
CREATE INDEX picked_lots_order ON picked_lots (order_id);
CREATE INDEX picked_lots_doc ON picked_lots (doc);
GRANT SELECT, INSERT ON picked_lots TO shangmai_app;
""")
    run_sql(book_ddl_v1("bin", ACCOUNT))
    run_sql("""
CREATE INDEX bin_accounts_bin ON bin_accounts (bin_id);
CREATE INDEX bin_accounts_sku ON bin_accounts (warehouse_id, sku_id);
""")
    for table in ("warehouse_zones", "warehouse_bins", "floor_policies", "picked_lots", "bin_accounts"):
        run_sql(scope_policy(table, warehouse="warehouse_id"))
    run_sql(scope_policy("warehouse_lots", company="company_id"))
