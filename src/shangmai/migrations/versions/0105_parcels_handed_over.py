"""When a parcel was packed and given to its carrier, and whether a floor says so."""

from shangmai.kernel.db.migrate import run_sql

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE parcels ADD COLUMN packed_at timestamptz, ADD COLUMN handed_at timestamptz,
  ADD COLUMN from_floor boolean NOT NULL DEFAULT false;
UPDATE parcels p SET from_floor = true, packed_at = k.packed_at, handed_at = k.handed_at
  FROM packed_parcels k WHERE k.doc = p.doc AND p.state = 'booked';
UPDATE parcels p SET from_floor = true FROM pick_requests r WHERE r.doc = p.doc AND p.state = 'booked';
UPDATE parcels SET handed_at = booked_at WHERE state = 'booked' AND account_id IS NULL AND handed_at IS NULL;
""")
