"""Orders: heads, lines, parcels, returns."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE orders (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  shop_id uuid NOT NULL,
  company_id uuid NOT NULL,
  warehouse_id uuid NOT NULL,
  customer_id uuid,
  external_no text,
  status text NOT NULL CHECK (status IN ('placed', 'part_shipped', 'shipped', 'signed', 'canceled')),
  payment_status text NOT NULL CHECK (payment_status IN ('unpaid', 'part_paid', 'paid')),
  terms text NOT NULL CHECK (terms IN ('prepaid', 'on_account')),
  currency char(3) NOT NULL,
  goods_minor bigint NOT NULL,
  freight_minor bigint NOT NULL,
  other_minor bigint NOT NULL,
  total_minor bigint NOT NULL CHECK (total_minor = goods_minor + freight_minor + other_minor),
  paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
  refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND paid_minor),
  placed_at timestamptz NOT NULL,
  receiver bytea,
  note text NOT NULL DEFAULT ''
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX orders_external_no ON orders (external_no, shop_id) WHERE external_no IS NOT NULL;
CREATE INDEX orders_list ON orders (placed_at, id);
CREATE INDEX orders_customer ON orders (customer_id, placed_at) WHERE customer_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (status, payment_status, paid_minor, refunded_minor, receiver) ON orders TO shangmai_app;
CREATE TABLE order_lines (
  order_id uuid NOT NULL,
  line integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('goods', 'freight', 'other')),
  sku_id uuid CHECK ((sku_id IS NOT NULL) = (kind = 'goods')),
  title text NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  unit_price numeric NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  shipped_qty bigint NOT NULL DEFAULT 0 CHECK (shipped_qty BETWEEN 0 AND qty),
  returned_qty bigint NOT NULL DEFAULT 0 CHECK (returned_qty BETWEEN 0 AND shipped_qty),
  returned_minor bigint NOT NULL DEFAULT 0 CHECK (returned_minor BETWEEN 0 AND amount_minor),
  cost_minor bigint NOT NULL DEFAULT 0,
  returned_cost_minor bigint NOT NULL DEFAULT 0 CHECK (returned_cost_minor BETWEEN 0 AND cost_minor),
  PRIMARY KEY (order_id, line)
) WITH (fillfactor = 50);
CREATE INDEX order_lines_sku ON order_lines (sku_id) WHERE sku_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (shipped_qty, returned_qty, returned_minor, cost_minor, returned_cost_minor) ON order_lines
  TO shangmai_app;
CREATE TABLE order_payments (
  payment_id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  amount_minor bigint NOT NULL
);
CREATE INDEX order_payments_order ON order_payments (order_id);
GRANT SELECT, INSERT ON order_payments TO shangmai_app;
CREATE TABLE shipments (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  order_id uuid NOT NULL,
  at timestamptz NOT NULL,
  carrier text NOT NULL,
  waybill text NOT NULL,
  status text NOT NULL,
  cost_minor bigint NOT NULL
);
CREATE INDEX shipments_order ON shipments (order_id);
GRANT SELECT, INSERT ON shipments TO shangmai_app;
CREATE TABLE returns (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  order_id uuid NOT NULL,
  at timestamptz NOT NULL,
  reason text NOT NULL,
  reference text NOT NULL,
  refund_minor bigint NOT NULL,
  cost_minor bigint NOT NULL
);
CREATE INDEX returns_order ON returns (order_id);
GRANT SELECT, INSERT ON returns TO shangmai_app;
CREATE TABLE return_lines (
  return_id uuid NOT NULL,
  line integer NOT NULL,
  qty bigint NOT NULL,
  refund_minor bigint NOT NULL,
  cost_minor bigint NOT NULL,
  bucket text NOT NULL,
  PRIMARY KEY (return_id, line)
);
GRANT SELECT, INSERT ON return_lines TO shangmai_app;
""")
    run_sql(scope_policy("orders", shop="shop_id"))
