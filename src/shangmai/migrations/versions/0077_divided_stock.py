"""Locked pieces of shops are held in the stock book; which warehouses shops divide is asked in one word."""

from shangmai.kernel.db.migrate import run_sql

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    # A lock was a number that nothing held. Those that are open get a hold, of as many pieces as can still be had.
    run_sql("""
DO $$
DECLARE
  l record;
  pieces bigint;
  hold uuid;
BEGIN
  FOR l IN SELECT c.id, c.qty, c.cause, c.created_at, a.id AS debit, e.id AS credit FROM channel_locks c
    JOIN shop_warehouses w ON w.shop_id = c.shop_id
    JOIN stock_accounts a ON a.sku_id = c.sku_id AND a.warehouse_id = w.warehouse_id AND a.bucket = 'sellable'
      AND a.lot = '' AND a.owner_id = '00000000-0000-0000-0000-000000000000'
    JOIN stock_accounts e ON e.sku_id = c.sku_id AND e.warehouse_id = w.warehouse_id AND e.bucket = 'customer'
      AND e.lot = '' AND e.owner_id = a.owner_id
    WHERE c.ended_at IS NULL AND c.until > now() ORDER BY c.id
  LOOP
    SELECT least(l.qty, a.posted - a.held - a.floor) INTO pieces FROM stock_accounts a WHERE a.id = l.debit FOR UPDATE;
    CONTINUE WHEN pieces <= 0;
    hold = gen_random_uuid();
    INSERT INTO stock_holds (id, debit_id, credit_id, amount, remaining, doc, line, created_at)
      VALUES (hold, l.debit, l.credit, pieces, pieces, l.id, 0, now());
    INSERT INTO stock_transfers (at, kind, debit_id, credit_id, amount, hold_id, doc, line, cause)
      VALUES (now(), 'hold', l.debit, l.credit, pieces, hold, l.id, 0, l.cause);
    UPDATE stock_accounts SET held = held + pieces WHERE id = l.debit;
  END LOOP;
END
$$;
UPDATE channel_locks c SET ended_at = now() WHERE ended_at IS NULL
  AND NOT EXISTS (SELECT FROM stock_holds h WHERE h.doc = c.id);
""")
    # As before, both functions look at all shops and warehouses, and widen the scope in their bodies.
    run_sql("""
DROP FUNCTION channel_facts_v1(uuid[], uuid);
CREATE FUNCTION channel_facts_v2(skus uuid[], asked uuid) RETURNS TABLE (
  sku_id uuid, shop_id uuid, warehouse_id uuid, mode text, amount bigint, buffer bigint, locked bigint, holds uuid[],
  on_hand bigint, held bigint, all_locked bigint, floor bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  shops text = coalesce(current_setting('app.shop', true), '');
  warehouses text = coalesce(current_setting('app.warehouse', true), '');
BEGIN
  PERFORM set_config('app.shop', '*', true), set_config('app.warehouse', '*', true);
  RETURN QUERY SELECT k.sku_id, w.shop_id, w.warehouse_id, coalesce(r.mode, 'shared'), coalesce(r.amount, 0),
         coalesce(r.buffer, 0), coalesce(l.pieces, 0), coalesce(l.holds, '{}'), coalesce(a.posted, 0),
         coalesce(a.held, 0), coalesce(z.pieces, 0), coalesce(a.floor, 0)
  FROM unnest(skus) AS k (sku_id) CROSS JOIN shop_warehouses w
  LEFT JOIN LATERAL (
    SELECT s.mode, s.amount, s.buffer FROM channel_shares s WHERE s.shop_id = w.shop_id
      AND s.sku_id IN (k.sku_id, '00000000-0000-0000-0000-000000000000') ORDER BY s.sku_id DESC LIMIT 1) r ON true
  LEFT JOIN stock_accounts a ON a.sku_id = k.sku_id AND a.warehouse_id = w.warehouse_id AND a.bucket = 'sellable'
    AND a.lot = '' AND a.owner_id = '00000000-0000-0000-0000-000000000000'
  LEFT JOIN LATERAL (
    SELECT sum(h.remaining)::bigint AS pieces, array_agg(h.id ORDER BY c.until, c.id) AS holds FROM channel_locks c
      JOIN stock_holds h ON h.doc = c.id AND h.remaining > 0 AND h.debit_id = a.id
      WHERE c.shop_id = w.shop_id AND c.sku_id = k.sku_id AND c.ended_at IS NULL) l ON true
  LEFT JOIN LATERAL (
    SELECT sum(h.remaining)::bigint AS pieces FROM channel_locks c
      JOIN stock_holds h ON h.doc = c.id AND h.remaining > 0 AND h.debit_id = a.id
      WHERE c.sku_id = k.sku_id AND c.ended_at IS NULL) z ON true
  WHERE r.mode IS NOT NULL OR l.pieces IS NOT NULL OR w.shop_id = asked
    OR EXISTS (SELECT FROM channel_stock_outbox o WHERE o.shop_id = w.shop_id AND o.sku_id = k.sku_id)
  ORDER BY k.sku_id, w.shop_id;
  PERFORM set_config('app.shop', shops, true), set_config('app.warehouse', warehouses, true);
END
$$;
CREATE FUNCTION is_divided_v1(warehouse uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  shops text = coalesce(current_setting('app.shop', true), '');
  found boolean;
BEGIN
  PERFORM set_config('app.shop', '*', true);
  found = EXISTS (SELECT FROM channel_shares s JOIN shop_warehouses w USING (shop_id)
      WHERE w.warehouse_id = warehouse AND (s.mode <> 'shared' OR s.buffer > 0))
    OR EXISTS (SELECT FROM channel_locks l JOIN shop_warehouses w USING (shop_id)
      WHERE w.warehouse_id = warehouse AND l.ended_at IS NULL);
  PERFORM set_config('app.shop', shops, true);
  RETURN found;
END
$$;
""")
