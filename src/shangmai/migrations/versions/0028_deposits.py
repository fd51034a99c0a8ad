"""Orders with a deposit and a window for the balance; marketing's pre-sales."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE orders ADD COLUMN deposit_minor bigint NOT NULL DEFAULT 0, ADD COLUMN balance_from timestamptz,
  ADD COLUMN balance_until timestamptz, ADD COLUMN kept_minor bigint NOT NULL DEFAULT 0;
GRANT UPDATE (kept_minor) ON orders TO shangmai_app;
CREATE TABLE marketing_presale_terms (
  promotion_id uuid PRIMARY KEY,
  keep_deposit boolean NOT NULL,
  pay_minutes integer NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON marketing_presale_terms TO shangmai_app;
CREATE TABLE marketing_presales (
  order_id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  promotion_id uuid NOT NULL,
  keep_deposit boolean NOT NULL,
  balance_until timestamptz,
  closed_at timestamptz,
  cause uuid NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX marketing_presales_due ON marketing_presales (balance_until) WHERE closed_at IS NULL;
GRANT SELECT, INSERT, UPDATE (closed_at) ON marketing_presales TO shangmai_app;
""")
    run_sql(scope_policy("marketing_presales", shop="shop_id"))
