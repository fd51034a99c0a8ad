"""Points of members: the book, what they earned, adjustments with their reasons, policies."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql(book_ddl_v1("points", {"kind": "text", "shop_id": "uuid", "customer_id": "uuid", "lot": "date"}))
    run_sql("""
CREATE INDEX points_accounts_customer ON points_accounts (customer_id, lot) WHERE bounded;
CREATE INDEX points_accounts_lot ON points_accounts (lot) WHERE bounded;
CREATE TABLE points_policies (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company_id uuid NOT NULL REFERENCES companies (id),
  policy json NOT NULL,
  since timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX points_policies_company ON points_policies (company_id, seq);
GRANT SELECT, INSERT ON points_policies TO shangmai_app;
CREATE TABLE points_adjustments (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  points bigint NOT NULL CHECK (points <> 0),
  reason text NOT NULL CHECK (reason <> ''),
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
);
GRANT SELECT, INSERT ON points_adjustments TO shangmai_app;
CREATE TABLE points_earnings (
  doc uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  step_points integer NOT NULL CHECK (step_points > 0),
  step_minor bigint NOT NULL CHECK (step_minor > 0),
  points bigint NOT NULL CHECK (points > 0),
  back_points bigint NOT NULL DEFAULT 0 CHECK (back_points BETWEEN 0 AND points),
  lot date NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE (back_points) ON points_earnings TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['members.adjust_points']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['members.adjust_points'];
UPDATE roles SET grants = grants || ARRAY['members.set_points_policy', 'members.adjust_points']
  WHERE code = 'merchandiser' AND NOT grants @> ARRAY['members.set_points_policy'];
""")
    for table in ("points_accounts", "points_adjustments", "points_earnings"):
        run_sql(scope_policy(table, shop="shop_id"))
    run_sql(scope_policy("points_policies", company="company_id"))
    # A clerk of one shop gives points by the policy of its company.
    run_sql("CREATE POLICY everyone ON points_policies FOR SELECT USING (true);")
