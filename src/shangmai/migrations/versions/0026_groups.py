"""Marketing: group buys and who is in them."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE marketing_group_terms (
  promotion_id uuid PRIMARY KEY,
  hours integer NOT NULL,
  pay_minutes integer NOT NULL,
  sizes integer[] NOT NULL,
  one_at_a_time boolean NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON marketing_group_terms TO shangmai_app;
CREATE TABLE marketing_groups (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  promotion_id uuid NOT NULL,
  product_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  size integer NOT NULL,
  taken integer NOT NULL CHECK (taken BETWEEN 0 AND size),
  pay_minutes integer NOT NULL,
  one_at_a_time boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'succeeded', 'failed')),
  opened_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  closed_at timestamptz CHECK ((closed_at IS NULL) = (status = 'open')),
  cause uuid NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX marketing_groups_open ON marketing_groups (closes_at, id) WHERE status = 'open';
CREATE INDEX marketing_groups_product ON marketing_groups (product_id, closes_at, id) WHERE status = 'open';
GRANT SELECT, INSERT, UPDATE (taken, status, closed_at) ON marketing_groups TO shangmai_app;
CREATE TABLE marketing_group_members (
  id uuid PRIMARY KEY,
  group_id uuid NOT NULL,
  promotion_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  order_id uuid,
  leader boolean NOT NULL,
  alone boolean NOT NULL,
  joined_at timestamptz NOT NULL,
  paid_at timestamptz,
  left_at timestamptz,
  cause uuid NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX marketing_group_members_once ON marketing_group_members (group_id, customer_id)
  WHERE left_at IS NULL;
CREATE UNIQUE INDEX marketing_group_members_alone ON marketing_group_members (promotion_id, customer_id) WHERE alone;
CREATE UNIQUE INDEX marketing_group_members_order ON marketing_group_members (order_id);
GRANT SELECT, INSERT, DELETE, UPDATE (order_id, alone, paid_at, left_at) ON marketing_group_members TO shangmai_app;
""")
    run_sql(scope_policy("marketing_groups", shop="shop_id"))
