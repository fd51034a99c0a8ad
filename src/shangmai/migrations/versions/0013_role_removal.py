"""Roles that nobody has can be removed."""

from shangmai.kernel.db.migrate import run_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("GRANT DELETE ON roles TO shangmai_app;")
