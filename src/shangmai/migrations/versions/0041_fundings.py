"""What platforms, suppliers and influencers bear of orders."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE order_fundings (
  order_id uuid NOT NULL,
  promotion_id uuid NOT NULL,
  funder text NOT NULL CHECK (funder IN ('platform', 'influencer', 'supplier')),
  party text NOT NULL,
  line integer NOT NULL CHECK (line >= 0),
  version integer NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  reversed_minor bigint NOT NULL DEFAULT 0 CHECK (reversed_minor BETWEEN 0 AND amount_minor),
  shop_id uuid NOT NULL,
  company_id uuid NOT NULL,
  currency text NOT NULL,
  funded_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, promotion_id, funder, party, line)
) WITH (fillfactor = 80);
CREATE INDEX order_fundings_company ON order_fundings (company_id, funded_at);
GRANT SELECT, INSERT, UPDATE (reversed_minor) ON order_fundings TO shangmai_app;
""")
    run_sql(scope_policy("order_fundings", shop="shop_id"))
