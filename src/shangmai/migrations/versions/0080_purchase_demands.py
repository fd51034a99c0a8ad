"""What must be bought because orders wait for it: a document for each SKU and warehouse, until it is there."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE purchase_demands (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'ordered', 'closed')),
  qty bigint NOT NULL CHECK (qty >= 0),
  most bigint NOT NULL CHECK (most > 0),
  orders integer NOT NULL CHECK (orders >= 0),
  numbers text[] NOT NULL,
  first timestamptz NOT NULL,
  reference text NOT NULL DEFAULT '',
  ordered_qty bigint NOT NULL DEFAULT 0 CHECK (ordered_qty >= 0),
  expected_on date,
  raised_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  closed_at timestamptz,
  cause uuid NOT NULL,
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  CHECK ((state = 'closed') = (qty = 0))
);
CREATE UNIQUE INDEX purchase_demands_live ON purchase_demands (company_id, warehouse_id, sku_id)
  WHERE state <> 'closed';
CREATE INDEX purchase_demands_newest ON purchase_demands (raised_at, id);
GRANT SELECT, INSERT, UPDATE (state, qty, most, orders, numbers, first, reference, ordered_qty, expected_on, changed_at,
  closed_at) ON purchase_demands TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.plan_demands'] WHERE code = 'merchandiser'
  AND NOT grants @> ARRAY['orders.plan_demands'];
""")
    run_sql(scope_policy("purchase_demands", company="company_id", warehouse="warehouse_id"))
