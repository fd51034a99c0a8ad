"""Marketing: bargains and who helped them."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE marketing_bargain_terms (
  promotion_id uuid PRIMARY KEY,
  helps integer NOT NULL,
  hours integer NOT NULL,
  pay_minutes integer NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON marketing_bargain_terms TO shangmai_app;
CREATE TABLE marketing_bargains (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  promotion_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  list_minor bigint NOT NULL,
  lowest_minor bigint NOT NULL CHECK (lowest_minor BETWEEN 0 AND list_minor - 1),
  cut_minor bigint NOT NULL DEFAULT 0 CHECK (cut_minor BETWEEN 0 AND list_minor - lowest_minor),
  helps integer NOT NULL DEFAULT 0 CHECK (helps BETWEEN 0 AND helps_max),
  helps_max integer NOT NULL CHECK (helps < helps_max OR cut_minor = list_minor - lowest_minor),
  pay_minutes integer NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'bought', 'over')),
  started_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  order_id uuid CHECK ((order_id IS NOT NULL) = (status = 'bought')),
  cause uuid NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX marketing_bargains_open ON marketing_bargains (customer_id, promotion_id, sku_id)
  WHERE status = 'open';
CREATE UNIQUE INDEX marketing_bargains_order ON marketing_bargains (order_id) WHERE order_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (cut_minor, helps, status, order_id) ON marketing_bargains TO shangmai_app;
CREATE TABLE marketing_bargain_helps (
  bargain_id uuid NOT NULL,
  n integer NOT NULL,
  customer_id uuid NOT NULL,
  cut_minor bigint NOT NULL CHECK (cut_minor >= 0),
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (bargain_id, n),
  UNIQUE (bargain_id, customer_id)
);
GRANT SELECT, INSERT ON marketing_bargain_helps TO shangmai_app;
""")
    run_sql(scope_policy("marketing_bargains", shop="shop_id"))
