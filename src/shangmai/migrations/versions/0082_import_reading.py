"""Who may bring sheets in may see how far they are."""

from shangmai.kernel.db.migrate import run_sql

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
UPDATE roles SET grants = grants || ARRAY['migration.read']
  WHERE code = 'merchandiser' AND is_builtin AND NOT grants @> ARRAY['migration.read'];
""")
