"""Orders as channels push them: taken once, placed or waiting, with the channel's own line numbers and status."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE channel_orders (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES channel_accounts (id),
  shop_id uuid NOT NULL REFERENCES shops (id),
  channel_no text NOT NULL CHECK (channel_no <> ''),
  state text NOT NULL CHECK (state IN ('waiting', 'placed', 'closed')),
  order_id uuid UNIQUE,
  given bytea,
  wait_code text NOT NULL DEFAULT '',
  wait_zh text NOT NULL DEFAULT '',
  wait_en text NOT NULL DEFAULT '',
  raw_status text NOT NULL,
  channel_state text NOT NULL,
  status_at timestamptz NOT NULL,
  ordered_at timestamptz NOT NULL,
  taken_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (account_id, channel_no),
  CHECK ((state = 'placed') = (order_id IS NOT NULL)),
  CHECK ((state = 'waiting') = (given IS NOT NULL))
);
CREATE INDEX channel_orders_waiting ON channel_orders (id) WHERE state = 'waiting';
GRANT SELECT, INSERT, UPDATE (state, order_id, given, wait_code, wait_zh, wait_en, raw_status, channel_state, status_at)
  ON channel_orders TO shangmai_app;
CREATE TABLE channel_order_lines (
  channel_order_id uuid NOT NULL REFERENCES channel_orders (id),
  line integer NOT NULL CHECK (line > 0),
  shop_id uuid NOT NULL REFERENCES shops (id),
  channel_line text NOT NULL CHECK (channel_line <> ''),
  listing_id uuid NOT NULL REFERENCES channel_listings (id),
  qty bigint NOT NULL CHECK (qty > 0),
  amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
  PRIMARY KEY (channel_order_id, line),
  UNIQUE (channel_order_id, channel_line)
);
CREATE INDEX channel_order_lines_listing ON channel_order_lines (listing_id);
GRANT SELECT, INSERT ON channel_order_lines TO shangmai_app;
""")
    run_sql(scope_policy("channel_orders", shop="shop_id"))
    run_sql(scope_policy("channel_order_lines", shop="shop_id"))
