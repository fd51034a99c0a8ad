"""The numbers of a pool that are on parcels, those that came last first."""

from shangmai.kernel.db.migrate import run_sql

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("CREATE INDEX waybills_used ON waybills (account_id, turn) WHERE parcel_id IS NOT NULL;")
