"""Exceptions that clear themselves: policies, own causes, what is known beside an order, clocks, and blocked buyers."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
ALTER TABLE order_hold_backs ADD COLUMN blocks boolean NOT NULL DEFAULT true,
  ADD COLUMN input jsonb NOT NULL DEFAULT '{}', ADD COLUMN level smallint NOT NULL DEFAULT 0 CHECK (level >= 0),
  ADD COLUMN escalate_at timestamptz, ADD COLUMN taken_by uuid, ADD COLUMN taken_name text NOT NULL DEFAULT '',
  ADD COLUMN snoozed_until timestamptz;
UPDATE order_hold_backs SET escalate_at = due_at WHERE code <> 'orders.to_audit';
CREATE INDEX order_hold_backs_escalate ON order_hold_backs (escalate_at, order_id, code) WHERE escalate_at IS NOT NULL;
GRANT UPDATE (zh, en, input, owner, blocks, level, escalate_at, taken_by, taken_name, snoozed_until)
  ON order_hold_backs TO shangmai_app;
CREATE TABLE order_exception_policies (
  company_id uuid PRIMARY KEY,
  policy jsonb NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (policy, set_at, cause) ON order_exception_policies TO shangmai_app;
CREATE TABLE order_own_causes (
  company_id uuid NOT NULL,
  code text NOT NULL CHECK (code LIKE 'own.%'),
  definition jsonb NOT NULL,
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (company_id, code)
);
GRANT SELECT, INSERT, UPDATE (definition, set_at, cause) ON order_own_causes TO shangmai_app;
CREATE TABLE order_accepted (
  order_id uuid NOT NULL,
  code text NOT NULL,
  said text NOT NULL,
  reason text NOT NULL,
  by_name text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, code)
);
GRANT SELECT, INSERT, UPDATE (said, reason, by_name, at, cause) ON order_accepted TO shangmai_app;
CREATE TABLE order_particulars (
  order_id uuid PRIMARY KEY,
  flag text NOT NULL DEFAULT '',
  remark text NOT NULL DEFAULT '',
  handled_at timestamptz,
  channel_raw text NOT NULL DEFAULT '',
  channel_state text NOT NULL DEFAULT '',
  channel_total_minor bigint CHECK (channel_total_minor >= 0),
  channel_currency text NOT NULL DEFAULT '',
  ship_by timestamptz
);
GRANT SELECT, INSERT, UPDATE ON order_particulars TO shangmai_app;
CREATE TABLE order_watches (
  order_id uuid PRIMARY KEY,
  at timestamptz NOT NULL
);
CREATE INDEX order_watches_at ON order_watches (at, order_id);
GRANT SELECT, INSERT, DELETE, UPDATE (at) ON order_watches TO shangmai_app;
CREATE TABLE order_preferences (
  order_id uuid NOT NULL,
  subject text NOT NULL,
  version integer NOT NULL,
  rows text[] NOT NULL,
  outcome jsonb NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, subject)
);
GRANT SELECT, INSERT, UPDATE (version, rows, outcome, at, cause) ON order_preferences TO shangmai_app;
CREATE TABLE order_gifts (
  order_id uuid NOT NULL,
  row text NOT NULL,
  sku_id uuid NOT NULL,
  qty integer NOT NULL CHECK (qty > 0),
  version integer NOT NULL,
  line integer,
  cause uuid NOT NULL,
  PRIMARY KEY (order_id, row, sku_id)
);
GRANT SELECT, INSERT, UPDATE (line) ON order_gifts TO shangmai_app;
CREATE TABLE customer_blocks (
  customer_id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, DELETE ON customer_blocks TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.work_exceptions', 'orders.set_remark', 'members.block']
  WHERE code = 'clerk' AND NOT grants @> ARRAY['orders.work_exceptions'];
UPDATE roles SET grants = grants || ARRAY['orders.work_exceptions']
  WHERE code IN ('accountant', 'picker', 'merchandiser') AND NOT grants @> ARRAY['orders.work_exceptions'];
UPDATE roles SET grants = grants || ARRAY['orders.note_channel']
  WHERE code = 'developer' AND NOT grants @> ARRAY['orders.note_channel'];
""")
    run_sql(scope_policy("order_exception_policies", company="company_id"))
    run_sql(scope_policy("order_own_causes", company="company_id"))
    run_sql(scope_policy("customer_blocks", shop="shop_id"))
