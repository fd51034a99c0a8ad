"""Accounts at channels, and which SKUs their listings are."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE channel_accounts (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  kind text NOT NULL,
  seller_id text NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  saved_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (shop_id, kind, seller_id)
);
GRANT SELECT, INSERT, UPDATE (name, saved_at, cause) ON channel_accounts TO shangmai_app;
CREATE TABLE channel_listings (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES channel_accounts (id),
  shop_id uuid NOT NULL REFERENCES shops (id),
  item_id text NOT NULL CHECK (item_id <> ''),
  channel_sku text NOT NULL,
  title text NOT NULL,
  sku_id uuid,
  paused boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (account_id, item_id, channel_sku)
);
CREATE INDEX channel_listings_unmapped ON channel_listings (id) WHERE sku_id IS NULL;
GRANT SELECT, INSERT, UPDATE (title, sku_id, paused, changed_at, cause) ON channel_listings TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['channels.read', 'channels.map_listings'] WHERE code = 'clerk' AND is_builtin;
UPDATE roles SET grants = grants || ARRAY['channels.*'] WHERE code = 'merchandiser' AND is_builtin;
""")
    run_sql(scope_policy("channel_accounts", shop="shop_id"))
    run_sql(scope_policy("channel_listings", shop="shop_id"))
