"""Serial numbers pass the packing station: which SKUs have them, and for which parcel each was scanned."""

from shangmai.kernel.db.migrate import run_sql

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE lot_rules ADD COLUMN serials boolean NOT NULL DEFAULT false;
GRANT UPDATE (serials) ON lot_rules TO shangmai_app;
ALTER TABLE serials ADD COLUMN doc uuid CHECK (doc IS NULL OR state = 'in');
CREATE INDEX serials_doc ON serials (doc) WHERE doc IS NOT NULL;
GRANT UPDATE (doc) ON serials TO shangmai_app;
""")
    # Whoever packs in one of a company's warehouses says which piece is in the parcel, though no company is in scope.
    for table in ("serials", "serial_steps"):
        run_sql(
            f"CREATE POLICY in_hands ON {table}"  # sql: one of two names
            " USING (company_id IN (SELECT w.company_id FROM warehouses w))"
            " WITH CHECK (company_id IN (SELECT w.company_id FROM warehouses w));\n"
        )
