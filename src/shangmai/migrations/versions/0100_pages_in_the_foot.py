"""Where in the mall's foot a version of a page stands."""

from shangmai.kernel.db.migrate import run_sql

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE storefront_page_versions
  ADD COLUMN foot_group text CHECK (foot_group IN ('buying', 'service', 'about')),
  ADD COLUMN foot_place smallint CHECK (foot_place BETWEEN 1 AND 99),
  ADD CONSTRAINT storefront_page_versions_foot CHECK ((foot_group IS NULL) = (foot_place IS NULL));
""")
