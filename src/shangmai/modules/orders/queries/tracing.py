"""The SQL of an order's trace: all that happened to it, from every book and log, in one order, page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId

Place = tuple[datetime, int, int]
"""Where an entry stands: when, of which source, and its place there."""

TRACE: Final = """
WITH docs AS MATERIALIZED (SELECT $1::uuid AS id UNION ALL SELECT id FROM returns WHERE order_id = $1::uuid),
units AS MATERIALIZED (SELECT DISTINCT unit_id AS id FROM order_unit_lines WHERE order_id = $1::uuid),
sent AS MATERIALIZED (SELECT id, waybill FROM shipments WHERE order_id = $1::uuid),
boxes AS MATERIALIZED (SELECT id, doc FROM parcels WHERE doc IN (SELECT id FROM units UNION ALL SELECT id FROM sent)
  UNION SELECT p.id, p.doc FROM sent s JOIN parcels p ON p.waybill = s.waybill WHERE s.waybill <> ''),
told AS MATERIALIZED (SELECT id, at, name, payload, cause, seq FROM events WHERE key IN (SELECT $1::uuid::text
  UNION SELECT id::text FROM units UNION SELECT id::text FROM sent UNION SELECT doc::text FROM boxes
  UNION SELECT wave_id::text FROM pick_requests WHERE doc IN (SELECT id FROM units)))
SELECT * FROM (
SELECT at, 0 AS source, seq AS place, 'event' AS kind, name AS what, payload::jsonb AS detail, cause, id FROM told
UNION ALL
SELECT at, 1, seq, 'decision', subject, jsonb_build_object('version', version, 'row', row_id,
  'outcome', outcome::jsonb, 'facts', facts::jsonb - ARRAY['note', 'seller_remark', 'street', 'district']), cause,
  table_id FROM rule_decisions WHERE about = $1::uuid
UNION ALL
SELECT t.at, 2, t.id, 'transfer', 'stock.' || t.kind, jsonb_build_object('line', t.line, 'sku_id', d.sku_id,
  'from', d.bucket, 'to', c.bucket, 'amount', t.amount, 'unit', 'pieces', 'warehouse_id', d.warehouse_id), t.cause, NULL
  FROM stock_transfers t JOIN stock_accounts d ON d.id = t.debit_id JOIN stock_accounts c ON c.id = t.credit_id
  WHERE t.doc IN (SELECT id FROM docs)
UNION ALL
SELECT t.at, 3, t.id, 'transfer', 'value.' || t.kind, jsonb_build_object('line', t.line, 'sku_id', d.sku_id,
  'from', d.bucket, 'to', c.bucket, 'amount', t.amount, 'unit', 'minor', 'warehouse_id', d.warehouse_id), t.cause, NULL
  FROM value_transfers t JOIN value_accounts d ON d.id = t.debit_id JOIN value_accounts c ON c.id = t.credit_id
  WHERE t.doc IN (SELECT id FROM docs)
UNION ALL
SELECT t.at, 4, t.id, 'limit', 'quota.' || CASE WHEN t.kind = 'post' AND t.debit_id <> a.id THEN 'give_back'
  ELSE t.kind END, jsonb_build_object('limit', a.kind, 'of', a.of_id, 'amount', t.amount), t.cause, NULL
  FROM quota_transfers t JOIN quota_accounts a ON a.id IN (t.debit_id, t.credit_id) AND a.bounded
  WHERE t.doc IN (SELECT id FROM docs)
UNION ALL
SELECT t.at, 5, t.id, 'points', 'points.' || t.kind, jsonb_build_object('from', d.kind, 'to', c.kind,
  'amount', t.amount), t.cause, NULL
  FROM points_transfers t JOIN points_accounts d ON d.id = t.debit_id JOIN points_accounts c ON c.id = t.credit_id
  WHERE t.doc IN (SELECT id FROM docs)
UNION ALL
SELECT t.at, 6, t.id, 'money', CASE WHEN t.credit_id = a.id THEN 'receipts.in' ELSE 'receipts.out' END,
  jsonb_build_object('amount', t.amount, 'unit', 'minor'), t.cause, NULL
  FROM receipts_accounts a JOIN receipts_transfers t ON a.id IN (t.debit_id, t.credit_id)
  WHERE a.order_id = $1::uuid AND a.side = 'kept'
UNION ALL
SELECT e.at, 7, e.number, 'entry', 'ledger.' || coalesce(e.rule, 'entry'), jsonb_build_object('period', e.period,
  'number', e.number, 'summary', e.summary, 'currency', e.currency, 'amount', (SELECT sum(l.amount_minor) FROM
  ledger_lines l WHERE l.entry_id = e.id), 'unit', 'minor', 'version', e.rule_version), e.cause, e.id
  FROM ledger_entries e WHERE e.cause IN (SELECT id FROM told)
UNION ALL
SELECT t.at, 8, t.id, 'scan', 'bin.' || t.kind, jsonb_build_object('sku_id', d.sku_id, 'from', f.code, 'to', g.code,
  'amount', t.amount, 'unit', 'pieces', 'warehouse_id', d.warehouse_id, 'unit_id', t.doc), t.cause, NULL
  FROM bin_transfers t JOIN bin_accounts d ON d.id = t.debit_id JOIN bin_accounts c ON c.id = t.credit_id
  LEFT JOIN warehouse_bins f ON f.id = d.bin_id LEFT JOIN warehouse_bins g ON g.id = c.bin_id
  WHERE t.doc IN (SELECT id FROM units)
UNION ALL
SELECT s.at, 9, row_number() OVER (PARTITION BY s.at ORDER BY s.parcel_id, s.kind, s.text), 'scan', 'parcel.' || s.kind,
  jsonb_build_object('parcel_id', s.parcel_id, 'carrier', p.carrier, 'waybill', p.waybill, 'place', s.place), s.cause,
  s.parcel_id FROM parcel_scans s JOIN parcels p ON p.id = s.parcel_id WHERE s.parcel_id IN (SELECT id FROM boxes)
UNION ALL
SELECT n.at, 10, row_number() OVER (PARTITION BY n.at ORDER BY n.id), 'message', 'notice.' || n.kind,
  jsonb_build_object('to', coalesce(nullif(n.to_grant, ''), 'colleague')), n.cause, NULL
  FROM staff_notices n WHERE n.link = '/orders/' || $1::uuid::text
UNION ALL
SELECT n.at, 11, row_number() OVER (PARTITION BY n.at ORDER BY n.id), 'message', 'customer.' || n.kind,
  jsonb_build_object('to', 'customer'), n.cause, NULL FROM customer_notices n WHERE n.order_id = $1::uuid
UNION ALL
SELECT c.checked_at, 12, row_number() OVER (PARTITION BY c.checked_at ORDER BY c.doc, c.sku_id), 'scan', 'pack.checked',
  jsonb_build_object('sku_id', c.sku_id, 'amount', c.checked, 'unit', 'pieces', 'unit_id', c.doc), c.cause, NULL
  FROM pack_checks c WHERE c.doc IN (SELECT id FROM units) AND c.cause IS NOT NULL AND c.checked > 0
) AS t WHERE $2::timestamptz IS NULL OR (at, source, place) > ($2, $3::integer, $4::bigint)
ORDER BY at, source, place LIMIT $5
"""
"""What happens at one moment stands in this order of sources. What was checked at packing stands once for each SKU, by
its last scan. Texts that may name people are left out, of decisions, of carriers' scans and of messages. Parcels are
those of the order's units and shipments, and any that carries a waybill of those.
"""


async def trace_page(tx: Tx, order_id: OrderId, after: Place | None, limit: int) -> list[Record]:
    """A page of what happened to an order: at, source, place, kind, what, detail, cause, and the id to link to."""
    return await tx.fetch(TRACE, order_id, *(after or (None, None, None)), limit)


async def signed_at(tx: Tx, order_id: OrderId) -> datetime | None:
    """When somebody first said that the order had arrived."""
    at: datetime | None = await tx.fetchval(
        "SELECT min(at) FROM events WHERE key = $1 AND name = 'orders.signed.v1'", str(order_id)
    )
    return at
