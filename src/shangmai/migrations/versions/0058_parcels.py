"""Carriers, a company's accounts with them, pools of waybill numbers, and parcels."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE carriers (
  code text PRIMARY KEY CHECK (code ~ '^[A-Z0-9_]{1,16}$'),
  name text NOT NULL,
  name_en text NOT NULL,
  shape text NOT NULL,
  kuaidi100 text NOT NULL,
  kdniao text NOT NULL,
  cainiao text NOT NULL,
  active boolean NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON carriers TO shangmai_app;

INSERT INTO carriers VALUES
  ('SF', '顺丰速运', 'SF Express', '^(SF[0-9]{13}|[0-9]{12})$', 'shunfeng', 'SF', 'SF', true),
  ('ZTO', '中通快递', 'ZTO Express', '^[0-9]{14}$', 'zhongtong', 'ZTO', 'ZTO', true),
  ('YTO', '圆通速递', 'YTO Express', '^YT[0-9]{13}$', 'yuantong', 'YTO', 'YTO', true),
  ('STO', '申通快递', 'STO Express', '^77[0-9]{13}$', 'shentong', 'STO', 'STO', true),
  ('YUNDA', '韵达速递', 'Yunda Express', '^(4[0-9]{14}|[0-9]{13})$', 'yunda', 'YD', 'YUNDA', true),
  ('JT', '极兔速递', 'J&T Express', '^JT[0-9]{13}$', 'jtexpress', 'JTSD', '', true),
  ('JD', '京东物流', 'JD Logistics', '^JD[A-Z0-9]?[0-9]{10,13}$', 'jd', 'JD', '', true),
  ('EMS', '邮政 EMS', 'EMS', '^([0-9]{13}|[A-Z]{2}[0-9]{9}[A-Z]{2})$', 'ems', 'EMS', 'EMS', true),
  ('POST', '邮政包裹', 'China Post', '^([0-9]{13}|[A-Z]{2}[0-9]{9}[A-Z]{2})$', 'youzhengguonei', 'YZPY', 'POSTB', true),
  ('DBL', '德邦快递', 'Deppon Express', '^DPK[0-9]{12}$', 'debangkuaidi', 'DBL', 'DBKD', true),
  ('OWN', '自有配送', 'Own delivery', '', '', '', '', true);

CREATE TABLE carrier_accounts (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  warehouse_id uuid REFERENCES warehouses (id),
  carrier text NOT NULL REFERENCES carriers (code),
  adapter text NOT NULL,
  partner text NOT NULL,
  monthly_account text NOT NULL,
  base_url text NOT NULL,
  secret bytea,
  token bytea,
  low_at integer NOT NULL CHECK (low_at >= 0),
  low_since timestamptz,
  is_enabled boolean NOT NULL,
  updated_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE NULLS NOT DISTINCT (company_id, carrier, warehouse_id)
);
GRANT SELECT, INSERT, UPDATE ON carrier_accounts TO shangmai_app;

CREATE TABLE carrier_senders (
  warehouse_id uuid PRIMARY KEY REFERENCES warehouses (id),
  company_id uuid NOT NULL REFERENCES companies (id),
  name text NOT NULL,
  phone text NOT NULL,
  province text NOT NULL,
  city text NOT NULL,
  district text NOT NULL,
  street text NOT NULL,
  region_code text NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON carrier_senders TO shangmai_app;

CREATE TABLE parcels (
  id uuid PRIMARY KEY,
  doc uuid NOT NULL,
  number text NOT NULL,
  company_id uuid NOT NULL REFERENCES companies (id),
  warehouse_id uuid NOT NULL REFERENCES warehouses (id),
  carrier text NOT NULL REFERENCES carriers (code),
  account_id uuid REFERENCES carrier_accounts (id),
  waybill text NOT NULL,
  state text NOT NULL,
  weight_g integer NOT NULL CHECK (weight_g >= 0),
  to_region text,
  route text NOT NULL,
  note text NOT NULL,
  problem text NOT NULL,
  created_at timestamptz NOT NULL,
  booked_at timestamptz,
  ended_at timestamptz,
  receiver bytea,
  cause uuid NOT NULL,
  CHECK ((waybill = '') <= (state IN ('booking', 'failed', 'canceled')))
);
CREATE UNIQUE INDEX parcels_doc ON parcels (doc, number) WHERE state <> 'canceled';
CREATE UNIQUE INDEX parcels_waybill ON parcels (carrier, waybill) WHERE waybill <> '' AND state <> 'canceled';
CREATE INDEX parcels_number ON parcels (waybill) WHERE waybill <> '';
CREATE INDEX parcels_newest ON parcels (created_at, id);
CREATE INDEX parcels_kept ON parcels (ended_at) WHERE receiver IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON parcels TO shangmai_app;

CREATE SEQUENCE waybill_turns;
CREATE TABLE waybills (
  carrier text NOT NULL REFERENCES carriers (code),
  number text NOT NULL,
  account_id uuid NOT NULL REFERENCES carrier_accounts (id),
  company_id uuid NOT NULL REFERENCES companies (id),
  turn bigint NOT NULL,
  parcel_id uuid UNIQUE,
  PRIMARY KEY (carrier, number)
);
CREATE INDEX waybills_free ON waybills (account_id, turn) WHERE parcel_id IS NULL;
GRANT SELECT, INSERT, UPDATE (parcel_id, turn) ON waybills TO shangmai_app;
GRANT USAGE ON SEQUENCE waybill_turns TO shangmai_app;
""")
    run_sql(scope_policy("carrier_accounts", company="company_id"))
    run_sql(scope_policy("carrier_senders", company="company_id", warehouse="warehouse_id"))
    run_sql(scope_policy("parcels", company="company_id", warehouse="warehouse_id"))
    run_sql(scope_policy("waybills", company="company_id"))
