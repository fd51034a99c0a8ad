"""The room that a parcel takes, which light ones are paid for by."""

from shangmai.kernel.db.migrate import run_sql

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE parcels ADD COLUMN volume_cm3 integer NOT NULL DEFAULT 0 CHECK (volume_cm3 >= 0);
GRANT UPDATE (volume_cm3) ON parcels TO shangmai_app;
""")
