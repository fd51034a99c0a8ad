"""When a parcel's goods were taken as received, by whoever got them rather than by its carrier."""

from shangmai.kernel.db.migrate import run_sql

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("ALTER TABLE parcels ADD COLUMN received_at timestamptz;")
