"""What every explanation looks up: causes, documents, and codes like the one that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from uuid import UUID

from shangmai.apps.explaining.contract import Cause
from shangmai.kernel.actions.origins import Origin, origins_of
from shangmai.kernel.tx import Tx

NEAREST_MAX = 5


async def causes_of(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Cause]:
    """The root of each cause."""
    return {id_: _cause(origin) for id_, origin in (await origins_of(tx, set(ids))).items()}


def _cause(origin: Origin) -> Cause:
    return Cause(
        action=origin.action,
        by=origin.by,
        door=origin.door,
        origin=origin.origin,
        at=origin.at,
        via=list(origin.via),
        log_id=origin.log_id,
    )


async def documents_of(tx: Tx, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """The number and the status or kind of each document that moves stock."""
    rows = await tx.fetch(
        "SELECT id, number, status FROM orders WHERE id = ANY ($1::uuid[])"
        " UNION ALL SELECT r.id, r.number || ' ← ' || o.number, 'return' FROM returns r JOIN orders o ON o.id ="
        " r.order_id WHERE r.id = ANY ($1::uuid[])"
        " UNION ALL SELECT id, number, reason FROM stock_documents WHERE id = ANY ($1::uuid[])",
        list(set(ids)),
    )
    return {row["id"]: (row["number"], row["status"]) for row in rows}


def nearest(code: str, codes: Iterable[str]) -> str:
    """The codes most like this one, for a message."""
    by_upper = {each.upper(): each for each in codes}
    found = difflib.get_close_matches(code.upper(), by_upper, n=NEAREST_MAX, cutoff=0.4)
    return ", ".join(by_upper[each] for each in found) or "–"
