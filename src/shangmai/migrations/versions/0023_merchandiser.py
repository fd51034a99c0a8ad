"""A built-in role for those who put goods on offer, price them and run campaigns."""

from shangmai.kernel.db.migrate import run_sql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
INSERT INTO roles (code, name, name_en, is_builtin, grants) VALUES ('merchandiser', '运营', 'Merchandiser', true, ARRAY[
  'catalog.*', 'pricing.*', 'marketing.*', 'storefront.*', 'migration.start_import', 'organization.read',
  'inventory.read', 'orders.read', 'members.read', 'messaging.read'])
  ON CONFLICT (code) DO NOTHING;
""")
