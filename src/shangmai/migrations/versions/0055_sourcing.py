"""Where warehouses stand, and what carriers ask: what sourcing an order goes by."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE warehouses ADD COLUMN region text CHECK (region ~ '^[1-9][0-9]{5}$');
GRANT UPDATE (region) ON warehouses TO shangmai_app;
CREATE TABLE carrier_cards (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  code text NOT NULL,
  name text NOT NULL,
  name_en text NOT NULL,
  origins text[] NOT NULL,
  zones json NOT NULL,
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (company_id, code)
);
GRANT SELECT, INSERT, UPDATE ON carrier_cards TO shangmai_app;
""")
    run_sql(scope_policy("carrier_cards", company="company_id"))
