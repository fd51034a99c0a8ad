"""The SQL on receiving notices."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.inventory.contract import Bucket, Warehouse, WarehouseId
from shangmai.modules.warehouse.contract.receipts import (
    NoticeId,
    NoticeLine,
    NoticeReceipt,
    NoticeStatus,
    NotifyReceipt,
    ReceiptNotice,
    ReceivedLine,
)

NOTICE = (
    "id, number, company_id, warehouse_id, reference, expected_on, over_percent, status, made_at, closed_at"
    " FROM receipt_notices"
)


async def insert_notice(tx: Tx, do: NotifyReceipt, warehouse: Warehouse, number: str) -> ReceiptNotice:
    id_ = NoticeId(new_id())
    await tx.execute(
        "INSERT INTO receipt_notices (id, number, company_id, warehouse_id, reference, expected_on, over_percent,"
        " status, made_at, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9)",
        id_,
        number,
        warehouse.company_id,
        warehouse.id,
        do.reference,
        do.expected_on,
        do.over_percent,
        tx.now,
        tx.cause,
    )
    await tx.execute(
        "INSERT INTO receipt_notice_lines (notice_id, line, sku_id, expected, cost_minor, received, defective)"
        " SELECT $1, line, sku_id, expected, cost_minor, 0, 0 FROM unnest($2::int[], $3::uuid[], $4::bigint[],"
        " $5::bigint[]) AS l (line, sku_id, expected, cost_minor)",
        id_,
        list(range(1, len(do.lines) + 1)),
        [line.sku_id for line in do.lines],
        [line.qty for line in do.lines],
        [line.cost_minor for line in do.lines],
    )
    (notice,) = await get_notices(tx, [id_])
    return notice


async def warehouses_of(tx: Tx, ids: Collection[NoticeId]) -> dict[NoticeId, WarehouseId]:
    rows = await tx.fetch("SELECT id, warehouse_id FROM receipt_notices WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: row["warehouse_id"] for row in rows}


async def lock_notice(tx: Tx, id_: NoticeId) -> ReceiptNotice | None:
    """The notice as it is now; nobody else receives it or closes it before this transaction ends."""
    await tx.fetch("SELECT FROM receipt_notices WHERE id = $1 FOR NO KEY UPDATE", id_)
    found = await get_notices(tx, [id_])
    return found[0] if found else None


async def get_notices(tx: Tx, ids: Collection[NoticeId]) -> list[ReceiptNotice]:
    """Those of these notices that exist, with their lines, by number."""
    rows = await tx.fetch(f"SELECT {NOTICE} WHERE id = ANY ($1::uuid[]) ORDER BY number", list(ids))
    return await _with_lines(tx, rows)


async def list_notices(
    tx: Tx, warehouse_id: WarehouseId | None, status: NoticeStatus | None, before: str | None, limit: int
) -> list[ReceiptNotice]:
    """Notices, the latest first, those before a number."""
    rows = await tx.fetch(
        f"SELECT {NOTICE} WHERE ($1::uuid IS NULL OR warehouse_id = $1) AND ($2::text IS NULL OR status = $2)"
        " AND ($3::text IS NULL OR number < $3) ORDER BY number DESC LIMIT $4",
        warehouse_id,
        status and status.value,
        before,
        limit,
    )
    return await _with_lines(tx, rows)


async def _with_lines(tx: Tx, rows: Sequence[Record]) -> list[ReceiptNotice]:
    lines: dict[NoticeId, list[NoticeLine]] = {row["id"]: [] for row in rows}
    for each in await tx.fetch(
        "SELECT notice_id, line, sku_id, expected, cost_minor, received, defective FROM receipt_notice_lines"
        " WHERE notice_id = ANY ($1::uuid[]) ORDER BY notice_id, line",
        list(lines),
    ):
        lines[each["notice_id"]].append(NoticeLine(**{k: v for k, v in each.items() if k != "notice_id"}))
    return [ReceiptNotice(**{**row, "status": NoticeStatus(row["status"]), "lines": lines[row["id"]]}) for row in rows]


async def find_receipt(tx: Tx, notice_id: NoticeId, slip: str) -> NoticeReceipt | None:
    row = await tx.fetchrow(
        "SELECT id, notice_id, slip, document_id, at, lines FROM notice_receipts WHERE notice_id = $1 AND slip = $2",
        notice_id,
        slip,
    )
    return None if row is None else _receipt(row)


async def receipts_of(tx: Tx, notice_id: NoticeId) -> list[NoticeReceipt]:
    """What was received of a notice, in order of time."""
    rows = await tx.fetch(
        "SELECT id, notice_id, slip, document_id, at, lines FROM notice_receipts WHERE notice_id = $1 ORDER BY at, id",
        notice_id,
    )
    return [_receipt(row) for row in rows]


async def insert_receipt(tx: Tx, receipt: NoticeReceipt, warehouse_id: WarehouseId, item: Item) -> None:
    await tx.execute(
        "INSERT INTO notice_receipts (id, notice_id, warehouse_id, slip, document_id, at, lines, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        receipt.id,
        receipt.notice_id,
        warehouse_id,
        receipt.slip,
        receipt.document_id,
        receipt.at,
        msgspec.to_builtins(receipt.lines),
        item.cause,
    )
    await tx.execute(
        "UPDATE receipt_notice_lines l SET received = l.received + n.qty, defective = l.defective + n.bad"
        " FROM (SELECT line, sum(qty)::bigint AS qty, sum(bad)::bigint AS bad"
        " FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS g (line, qty, bad) GROUP BY line) AS n"
        " WHERE l.notice_id = $1 AND l.line = n.line",
        receipt.notice_id,
        [line.line for line in receipt.lines],
        [line.qty for line in receipt.lines],
        [line.qty if line.bucket is Bucket.DEFECTIVE else 0 for line in receipt.lines],
    )


async def close_notice(tx: Tx, id_: NoticeId) -> None:
    await tx.execute("UPDATE receipt_notices SET status = 'closed', closed_at = $2 WHERE id = $1", id_, tx.now)


def _receipt(row: Record) -> NoticeReceipt:
    return NoticeReceipt(**{**row, "lines": msgspec.convert(row["lines"], list[ReceivedLine])})
