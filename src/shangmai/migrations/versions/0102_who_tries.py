"""Who began a what-if run, to be told of its end."""

from shangmai.kernel.db.migrate import run_sql

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("ALTER TABLE what_if_runs ADD COLUMN asked_by uuid;")
