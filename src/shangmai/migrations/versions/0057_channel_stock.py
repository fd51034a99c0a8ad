"""What each shop may show and sell of a SKU: rules, locks, and the numbers that channels are to be told."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE channel_shares (
  shop_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  mode text NOT NULL CHECK (mode IN ('shared', 'percent', 'fixed', 'exclusive')),
  amount bigint NOT NULL CHECK (amount >= 0 AND (mode <> 'percent' OR amount <= 100)),
  buffer bigint NOT NULL CHECK (buffer >= 0),
  set_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  PRIMARY KEY (shop_id, sku_id)
);
GRANT SELECT, INSERT, UPDATE (mode, amount, buffer, set_at, cause) ON channel_shares TO shangmai_app;
CREATE TABLE channel_locks (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  qty bigint NOT NULL CHECK (qty > 0),
  until timestamptz NOT NULL,
  reason text NOT NULL,
  ended_at timestamptz,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE INDEX channel_locks_open ON channel_locks (sku_id, shop_id, until) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE (ended_at) ON channel_locks TO shangmai_app;
CREATE TABLE channel_stock_outbox (
  shop_id uuid NOT NULL,
  sku_id uuid NOT NULL,
  qty bigint NOT NULL CHECK (qty >= 0),
  version bigint NOT NULL CHECK (version > 0),
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (shop_id, sku_id)
);
CREATE INDEX channel_stock_outbox_changed ON channel_stock_outbox (shop_id, changed_at);
GRANT SELECT, INSERT, UPDATE (qty, version, changed_at) ON channel_stock_outbox TO shangmai_app;
""")
    for table in ("channel_shares", "channel_locks", "channel_stock_outbox"):
        run_sql(scope_policy(table, shop="shop_id"))
    # A number depends on what other shops have for themselves and on stock, whoever asks: the function looks at all
    # shops and warehouses, and its callers tell only what concerns a shop that the asker may see. It widens the scope
    # in its body: only a superuser may write a setting of ours into a function's head, and whoever restores a backup
    # need not be one.
    run_sql("""
CREATE FUNCTION channel_facts_v1(skus uuid[], asked uuid) RETURNS TABLE (
  sku_id uuid, shop_id uuid, warehouse_id uuid, mode text, amount bigint, buffer bigint, locked bigint,
  on_hand bigint, held bigint, floor bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  shops text = coalesce(current_setting('app.shop', true), '');
  warehouses text = coalesce(current_setting('app.warehouse', true), '');
BEGIN
  PERFORM set_config('app.shop', '*', true), set_config('app.warehouse', '*', true);
  RETURN QUERY SELECT k.sku_id, w.shop_id, w.warehouse_id, coalesce(r.mode, 'shared'), coalesce(r.amount, 0),
         coalesce(r.buffer, 0), coalesce(l.pieces, 0), coalesce(a.posted, 0), coalesce(a.held, 0), coalesce(a.floor, 0)
  FROM unnest(skus) AS k (sku_id) CROSS JOIN shop_warehouses w
  LEFT JOIN LATERAL (
    SELECT s.mode, s.amount, s.buffer FROM channel_shares s WHERE s.shop_id = w.shop_id
      AND s.sku_id IN (k.sku_id, '00000000-0000-0000-0000-000000000000') ORDER BY s.sku_id DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (
    SELECT sum(c.qty)::bigint AS pieces FROM channel_locks c WHERE c.shop_id = w.shop_id AND c.sku_id = k.sku_id
      AND c.ended_at IS NULL AND c.until > now()) l ON true
  LEFT JOIN stock_accounts a ON a.sku_id = k.sku_id AND a.warehouse_id = w.warehouse_id AND a.bucket = 'sellable'
    AND a.lot = '' AND a.owner_id = '00000000-0000-0000-0000-000000000000'
  WHERE r.mode IS NOT NULL OR l.pieces IS NOT NULL OR w.shop_id = asked
    OR EXISTS (SELECT FROM channel_stock_outbox o WHERE o.shop_id = w.shop_id AND o.sku_id = k.sku_id)
  ORDER BY k.sku_id, w.shop_id;
  PERFORM set_config('app.shop', shops, true), set_config('app.warehouse', warehouses, true);
END
$$;
UPDATE roles SET grants = grants || ARRAY['inventory.manage_channels']
  WHERE code = 'merchandiser' AND NOT grants @> ARRAY['inventory.manage_channels'];
""")
