"""Causes that hold orders back have owners and due times; how long after payment a company audits."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
ALTER TABLE order_hold_backs ADD COLUMN owner text NOT NULL DEFAULT '', ADD COLUMN due_at timestamptz,
  ADD COLUMN action text NOT NULL DEFAULT '';
CREATE INDEX order_hold_backs_due ON order_hold_backs (code, due_at, order_id);
CREATE TABLE order_audit_policies (
  company_id uuid PRIMARY KEY,
  delay_minutes integer NOT NULL CHECK (delay_minutes >= 0),
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (delay_minutes, set_at, cause) ON order_audit_policies TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.audit', 'orders.hold', 'orders.release'] WHERE code = 'clerk'
  AND NOT grants @> ARRAY['orders.release'];
UPDATE roles SET grants = grants || ARRAY['orders.pass_finance_audit'] WHERE code = 'accountant'
  AND NOT grants @> ARRAY['orders.pass_finance_audit'];
""")
    run_sql(scope_policy("order_audit_policies", company="company_id"))
