"""Notices to the people who work here, and their notes on orders."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

SHOP_TESTED = (
    "shop_id IS NULL OR (SELECT current_setting('app.shop', true)) = '*' OR shop_id = ANY"
    " ((SELECT NULLIF(NULLIF(current_setting('app.shop', true), '*'), '')::uuid[])::uuid[])"
)


def upgrade() -> None:
    run_sql("""
CREATE TABLE staff_notices (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  user_id uuid REFERENCES users (id),
  to_grant text NOT NULL DEFAULT '',
  shop_id uuid REFERENCES shops (id),
  zh text NOT NULL,
  en text NOT NULL,
  link text NOT NULL,
  cause uuid NOT NULL,
  CHECK ((user_id IS NULL) <> (to_grant = ''))
);
CREATE INDEX staff_notices_user ON staff_notices (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX staff_notices_grant ON staff_notices (to_grant, id) WHERE user_id IS NULL;
CREATE INDEX staff_notices_at ON staff_notices (at);
GRANT SELECT, INSERT, DELETE ON staff_notices TO shangmai_app;
CREATE TABLE staff_notices_read (user_id uuid PRIMARY KEY, up_to uuid NOT NULL);
GRANT SELECT, INSERT, UPDATE (up_to) ON staff_notices_read TO shangmai_app;
ALTER TABLE staff_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff_notices FORCE ROW LEVEL SECURITY;
CREATE TABLE order_notes (
  id uuid PRIMARY KEY,
  order_id uuid NOT NULL,
  shop_id uuid NOT NULL REFERENCES shops (id),
  at timestamptz NOT NULL,
  by uuid NOT NULL,
  by_name text NOT NULL,
  text text NOT NULL CHECK (text <> ''),
  mentions text[] NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX order_notes_order ON order_notes (order_id, id);
GRANT SELECT, INSERT ON order_notes TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['orders.write_note'] WHERE is_builtin
  AND code NOT IN ('owner', 'auditor', 'developer') AND NOT grants && ARRAY['orders.write_note', 'orders.*', '*'];
""")
    run_sql(f"CREATE POLICY scope ON staff_notices USING ({SHOP_TESTED}) WITH CHECK ({SHOP_TESTED});")
    run_sql(scope_policy("order_notes", shop="shop_id"))
