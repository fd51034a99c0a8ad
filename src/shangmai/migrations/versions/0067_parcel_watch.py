"""How long carriers take, and what is wrong with parcels."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE parcels ADD COLUMN from_region text, ADD COLUMN state_since timestamptz;
CREATE INDEX parcels_signed ON parcels (ended_at) WHERE state = 'signed';
CREATE TABLE carrier_lanes (
  company_id uuid NOT NULL REFERENCES companies (id),
  carrier text NOT NULL REFERENCES carriers (code),
  from_city text NOT NULL,
  to_province text NOT NULL,
  parcels integer NOT NULL CHECK (parcels > 0),
  p50_h integer NOT NULL,
  p90_h integer NOT NULL,
  learned_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, carrier, from_city, to_province)
);
GRANT SELECT, INSERT, UPDATE ON carrier_lanes TO shangmai_app;
CREATE TABLE carrier_watch_policies (
  company_id uuid PRIMARY KEY REFERENCES companies (id),
  policy jsonb NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON carrier_watch_policies TO shangmai_app;
CREATE TABLE parcel_anomalies (
  parcel_id uuid NOT NULL REFERENCES parcels (id),
  cause text NOT NULL,
  since timestamptz NOT NULL,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  found_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  note text NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (parcel_id, cause, since)
);
CREATE UNIQUE INDEX parcel_anomalies_open ON parcel_anomalies (parcel_id, cause) WHERE closed_at IS NULL;
CREATE INDEX parcel_anomalies_due ON parcel_anomalies (due_at, parcel_id, cause);
GRANT SELECT, INSERT, UPDATE (closed_at, note) ON parcel_anomalies TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['logistics.track']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['logistics.track'];
""")
    run_sql(scope_policy("carrier_lanes", company="company_id"))
    run_sql(scope_policy("carrier_watch_policies", company="company_id"))
    run_sql(scope_policy("parcel_anomalies", company="company_id", warehouse="warehouse_id"))
