"""What outside systems were asked about parcels."""

from shangmai.kernel.db.migrate import run_sql

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE parcels ADD COLUMN asked_at timestamptz, ADD COLUMN attempts integer NOT NULL DEFAULT 0,
  ADD COLUMN subscribed_at timestamptz, ADD COLUMN looked_at timestamptz;
CREATE INDEX parcels_on_their_way ON parcels (greatest(looked_at, last_scan_at, booked_at))
  WHERE ended_at IS NULL AND waybill <> '';
""")
