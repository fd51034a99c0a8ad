"""Carriers' bills, whose prices a card has, and why a parcel goes by its carrier."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE carrier_cards ADD COLUMN carrier text NOT NULL DEFAULT '';
ALTER TABLE carrier_lanes ADD COLUMN deciles integer[] NOT NULL DEFAULT '{}';
ALTER TABLE parcels ADD COLUMN chosen text NOT NULL DEFAULT '';
CREATE TABLE carrier_bill_lines (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  carrier text NOT NULL,
  bill text NOT NULL,
  waybill text NOT NULL,
  line text NOT NULL,
  parcel_id uuid REFERENCES parcels (id),
  billed_minor bigint NOT NULL,
  billed_g integer,
  expected_minor bigint,
  expected_g integer,
  difference_minor bigint NOT NULL,
  reasons text[] NOT NULL,
  checked_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (company_id, carrier, bill, waybill, line)
);
CREATE INDEX carrier_bill_lines_waybill ON carrier_bill_lines (company_id, carrier, waybill, id);
GRANT SELECT, INSERT, UPDATE ON carrier_bill_lines TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['logistics.audit_bills']
  WHERE code = 'accountant' AND NOT grants @> ARRAY['logistics.audit_bills'];
""")
    run_sql(scope_policy("carrier_bill_lines", company="company_id"))
