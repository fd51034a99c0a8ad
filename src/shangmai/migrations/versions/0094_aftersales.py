"""What buyers ask for after the sale."""

from shangmai.kernel.db.migrate import member_policy, run_sql, scope_policy

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE after_sale_requests (
  id uuid PRIMARY KEY,
  number text NOT NULL UNIQUE,
  shop_id uuid NOT NULL REFERENCES shops (id),
  order_id uuid NOT NULL,
  order_number text NOT NULL,
  customer_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('refund', 'return', 'exchange')),
  state text NOT NULL CHECK (state IN ('asked', 'approved', 'refused', 'canceled', 'done')),
  reason text NOT NULL,
  words text NOT NULL,
  pictures text[] NOT NULL,
  currency char(3) NOT NULL,
  asked_minor bigint NOT NULL CHECK (asked_minor >= 0),
  refund_minor bigint CHECK (refund_minor >= 0),
  answer text NOT NULL,
  send_to text NOT NULL,
  carrier text NOT NULL,
  waybill text NOT NULL,
  return_number text NOT NULL,
  exchange_order_id uuid,
  exchange_number text NOT NULL,
  asked_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CHECK ((state = 'done') = (return_number <> '')),
  CHECK (state <> 'refused' OR answer <> '')
);
CREATE INDEX after_sale_requests_state ON after_sale_requests (state, id);
CREATE INDEX after_sale_requests_order ON after_sale_requests (order_id, id);
CREATE INDEX after_sale_requests_customer ON after_sale_requests (customer_id, id);
GRANT SELECT, INSERT, UPDATE (state, refund_minor, answer, send_to, carrier, waybill, return_number, exchange_order_id,
  exchange_number, changed_at, words, pictures) ON after_sale_requests TO shangmai_app;
CREATE TABLE after_sale_lines (
  request_id uuid NOT NULL REFERENCES after_sale_requests (id),
  order_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  line integer NOT NULL,
  sku_id uuid NOT NULL,
  title text NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  to_sku_id uuid,
  is_open boolean NOT NULL,
  PRIMARY KEY (request_id, line)
);
CREATE UNIQUE INDEX after_sale_lines_open ON after_sale_lines (order_id, line) WHERE is_open;
CREATE INDEX after_sale_lines_order ON after_sale_lines (order_id, line);
GRANT SELECT, INSERT, UPDATE (is_open) ON after_sale_lines TO shangmai_app;
CREATE TABLE after_sale_policies (
  shop_id uuid PRIMARY KEY REFERENCES shops (id),
  policy jsonb NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (policy, changed_at, cause) ON after_sale_policies TO shangmai_app;
""")
    for table in ("after_sale_requests", "after_sale_lines", "after_sale_policies"):
        run_sql(scope_policy(table, shop="shop_id"))
    for table in ("after_sale_requests", "after_sale_lines"):
        run_sql(member_policy(table, "customer_id"))
