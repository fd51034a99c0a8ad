"""What guests ask for after the sale: requests of no customer, which whoever holds the order's link may see."""

from shangmai.kernel.db.migrate import run_sql

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None

OWN = (
    "(SELECT coalesce(current_setting('app.member', true), '') IN ('*', '{}', '')) OR customer_id IS NULL OR"
    " customer_id = ANY ((SELECT NULLIF(NULLIF(current_setting('app.member', true), '*'), '')::uuid[])::uuid[])"
)


def upgrade() -> None:
    for table in ("after_sale_requests", "after_sale_lines"):
        # sql: names of tables and a condition, all of this file
        run_sql(f"""
ALTER TABLE {table} ALTER COLUMN customer_id DROP NOT NULL;
DROP POLICY own ON {table};
CREATE POLICY own ON {table} AS RESTRICTIVE USING ({OWN}) WITH CHECK ({OWN});
""")
