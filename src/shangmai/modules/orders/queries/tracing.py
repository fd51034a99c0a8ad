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
told AS MATERIALIZED (SELECT id, at, name, payload, cause, seq FROM events WHERE key IN (SELECT $1::uuid::text
  UNION ALL SELECT unit_id::text FROM order_unit_lines WHERE order_id = $1::uuid))
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
) AS t WHERE $2::timestamptz IS NULL OR (at, source, place) > ($2, $3::integer, $4::bigint)
ORDER BY at, source, place LIMIT $5
"""
"""What happens at one moment stands in this order of sources. Texts that may name people are left out of decisions."""


async def trace_page(tx: Tx, order_id: OrderId, after: Place | None, limit: int) -> list[Record]:
    """A page of what happened to an order: at, source, place, kind, what, detail, cause, and the id to link to."""
    return await tx.fetch(TRACE, order_id, *(after or (None, None, None)), limit)
