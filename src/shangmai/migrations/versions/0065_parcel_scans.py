"""What carriers scan of parcels, and how far parcels are by that."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE parcels ADD COLUMN picked_up_at timestamptz, ADD COLUMN last_scan_at timestamptz,
  ADD COLUMN trouble boolean NOT NULL DEFAULT false;
CREATE TABLE parcel_scans (
  parcel_id uuid NOT NULL REFERENCES parcels (id),
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  text text NOT NULL,
  place text NOT NULL,
  source text NOT NULL,
  received_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (parcel_id, at, kind, text)
);
GRANT SELECT, INSERT ON parcel_scans TO shangmai_app;
CREATE INDEX shipments_waybill ON shipments (waybill) WHERE waybill <> '';
""")
    run_sql(scope_policy("parcel_scans", company="company_id", warehouse="warehouse_id"))
