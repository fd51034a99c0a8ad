"""Explaining a SKU: where its pieces are, what brought them there, for whom they are held."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from asyncpg import Record

from shangmai.apps.explaining.causes import causes_of, documents_of, nearest
from shangmai.apps.explaining.contract import Flow, Movement, OpenHold, Place, SkuExplained, SkuUnknown
from shangmai.kernel.money import decimals_of
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku

LATEST = 20
HOLDS_MAX = 50
LIKE_MAX = 3000

_PLACES = """
SELECT a.id, coalesce(w.code, '') AS warehouse, a.bucket, a.lot, a.posted, a.held, a.floor,
       coalesce(v.posted, 0) AS value
FROM stock_accounts a LEFT JOIN warehouses w ON w.id = a.warehouse_id
LEFT JOIN value_accounts v USING (sku_id, warehouse_id, bucket, lot, owner_id)
WHERE a.sku_id = $1 AND a.bounded ORDER BY w.code, a.bucket DESC, a.lot"""

_FLOWS = """
SELECT m.account, m.kind, o.bucket AS other, sum(m.times)::bigint AS times, sum(m.pieces)::bigint AS pieces FROM (
  SELECT credit_id AS account, debit_id AS other, kind, count(*) AS times, sum(amount) AS pieces
  FROM stock_transfers WHERE credit_id = ANY ($1::bigint[]) AND kind IN ('post', 'settle') GROUP BY 1, 2, 3
  UNION ALL
  SELECT debit_id, credit_id, kind, count(*), -sum(amount)
  FROM stock_transfers WHERE debit_id = ANY ($1::bigint[]) AND kind IN ('post', 'settle') GROUP BY 1, 2, 3) AS m
JOIN stock_accounts o ON o.id = m.other
GROUP BY m.account, m.kind, o.bucket, m.pieces > 0 ORDER BY m.account, m.pieces > 0 DESC, m.kind, o.bucket"""

# Holds are indexed by document, transfers by account: those of the place lead to its holds.
_HOLDS = """
SELECT h.id, h.debit_id AS account, h.doc, h.line, h.amount, h.remaining, h.created_at, h.expires_at FROM (
  SELECT DISTINCT hold_id FROM stock_transfers WHERE debit_id = ANY ($1::bigint[]) AND kind = 'hold') AS t
JOIN stock_holds h ON h.id = t.hold_id WHERE h.remaining > 0 ORDER BY h.created_at DESC, h.id LIMIT $2"""

_LATEST = """
SELECT a.account, m.*, o.bucket AS other FROM unnest($1::bigint[]) AS a (account) CROSS JOIN LATERAL (
  (SELECT t.credit_id AS other_id, t.id, t.at, t.kind, -t.amount AS amount, t.doc, t.line, t.cause
   FROM stock_transfers t WHERE t.debit_id = a.account ORDER BY t.at DESC, t.id DESC LIMIT $2)
  UNION ALL
  (SELECT t.debit_id, t.id, t.at, t.kind, t.amount, t.doc, t.line, t.cause
   FROM stock_transfers t WHERE t.credit_id = a.account AND t.kind IN ('post', 'settle')
   ORDER BY t.at DESC, t.id DESC LIMIT $2)) AS m
JOIN stock_accounts o ON o.id = m.other_id ORDER BY m.at DESC, m.id DESC LIMIT $2"""


async def explain_sku(tx: Tx, code: str, latest: int = LATEST) -> SkuExplained:
    """Explain a SKU, named by code or barcode. Raises: SkuUnknown."""
    sku = await _find(tx, code)
    rows = await tx.fetch(_PLACES, sku.id)
    places = await _places(tx, rows, sku.currency)
    by_account = {place.account: place for place in places}
    return SkuExplained(
        code=sku.code,
        name=sku.name,
        currency=sku.currency,
        places=places,
        holds=await _holds(tx, by_account),
        movements=await _movements(tx, by_account, latest),
    )


async def _find(tx: Tx, code: str) -> Sku:
    wanted = code.strip()
    by_code = await catalog.find_skus(tx, {wanted, wanted.upper()})
    if by_code:
        return by_code.get(wanted) or next(iter(by_code.values()))
    by_barcode = await catalog.find_skus_by_barcode(tx, {wanted}) if wanted.isdigit() else {}
    if by_barcode:
        return by_barcode[wanted]
    rows = await tx.fetch(
        "SELECT code FROM skus WHERE starts_with(code, left($1, 1)) OR position($1 IN code) > 0"
        " ORDER BY NOT starts_with(code, left($1, 3)), NOT starts_with(code, left($1, 2)),"
        " abs(length(code) - length($1)), code LIMIT $2",
        wanted.upper(),
        LIKE_MAX,
    )
    raise SkuUnknown(code=code, nearest=nearest(wanted, [row["code"] for row in rows]))


async def _places(tx: Tx, rows: list[Record], currency: str) -> list[Place]:
    flows: dict[int, list[Flow]] = defaultdict(list)
    for row in await tx.fetch(_FLOWS, [row["id"] for row in rows]):
        flows[row["account"]].append(
            Flow(kind=row["kind"], other=row["other"], times=row["times"], pieces=row["pieces"])
        )
    return [_place(row, flows[row["id"]], currency) for row in rows]


def _place(row: Record, flows: list[Flow], currency: str) -> Place:
    on_hand, value_minor = row["posted"], row["value"]
    return Place(
        account=row["id"],
        warehouse=row["warehouse"],
        bucket=row["bucket"],
        lot=row["lot"],
        on_hand=on_hand,
        held=row["held"],
        safety=max(row["floor"], 0),
        virtual=max(-row["floor"], 0),
        available=on_hand - row["held"] - row["floor"],
        value_minor=value_minor,
        average=_average(value_minor, on_hand, currency),
        flows=flows,
    )


def _average(value_minor: int, pieces: int, currency: str) -> Decimal | None:
    """The cost of a piece, in major units with two decimals more than the currency has."""
    if not pieces:
        return None
    decimals = decimals_of(currency)
    return (Decimal(value_minor).scaleb(-decimals) / pieces).quantize(Decimal(1).scaleb(-decimals - 2))


async def _holds(tx: Tx, places: dict[int, Place]) -> list[OpenHold]:
    rows = await tx.fetch(_HOLDS, [id_ for id_, place in places.items() if place.held], HOLDS_MAX)
    documents = await documents_of(tx, [row["doc"] for row in rows])
    return [
        OpenHold(
            document=documents.get(row["doc"], (str(row["doc"]), ""))[0],
            status=documents.get(row["doc"], ("", ""))[1],
            line=row["line"],
            warehouse=places[row["account"]].warehouse,
            pieces=row["remaining"],
            of=row["amount"],
            since=row["created_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]


async def _movements(tx: Tx, places: dict[int, Place], latest: int) -> list[Movement]:
    rows = await tx.fetch(_LATEST, list(places), latest)
    documents = await documents_of(tx, [row["doc"] for row in rows])
    causes = await causes_of(tx, [row["cause"] for row in rows])
    return [
        Movement(
            at=row["at"],
            kind=row["kind"],
            warehouse=places[row["account"]].warehouse,
            bucket=places[row["account"]].bucket,
            other=row["other"],
            pieces=row["amount"] if row["kind"] in ("post", "settle") else 0,
            held=_held(row["kind"], -row["amount"]),
            document=_number(documents, row["doc"]),
            line=row["line"],
            cause=causes[row["cause"]],
        )
        for row in rows
    ]


def _held(kind: str, amount: int) -> int:
    """What a transfer out of a place does to what is held there."""
    return 0 if kind == "post" or amount < 0 else amount if kind == "hold" else -amount


def _number(documents: dict[UUID, tuple[str, str]], doc: UUID) -> str:
    return documents[doc][0] if doc in documents else str(doc)
