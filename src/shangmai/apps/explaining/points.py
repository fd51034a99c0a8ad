"""Explaining a member's points: what they have, and every line that made it, each with its document and its cause."""

from __future__ import annotations

from uuid import UUID

from shangmai.apps.explaining.causes import causes_of, documents_of
from shangmai.apps.explaining.contract import MemberUnknown, PointsEntry, PointsExplained, WhichMember
from shangmai.kernel.tx import Tx
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId

LATEST = 20


async def explain_points(tx: Tx, member: str, latest: int = LATEST) -> PointsExplained:
    """Explain the points of a member, named by id or reference. Raises: MemberUnknown, WhichMember."""
    id_, ref = await _member(tx, member.strip())
    balance = await members.get_points(tx, id_)
    lines = (await members.list_points_lines(tx, id_, limit=latest)).items
    causes = await causes_of(tx, [line.cause for line in lines])
    documents = await documents_of(tx, [line.doc for line in lines])
    return PointsExplained(
        member=id_,
        ref=ref,
        balance=balance,
        posted=lines[0].balance if lines else 0,
        entries=[
            PointsEntry(line=line, document=documents.get(line.doc, (line.reason, ""))[0], cause=causes[line.cause])
            for line in lines
        ],
    )


async def _member(tx: Tx, named: str) -> tuple[CustomerId, str | None]:
    rows = await tx.fetch("SELECT id, ref FROM customers WHERE ref = $1 OR id = $2 ORDER BY id", named, _id(named))
    if not rows:
        raise MemberUnknown(member=named)
    if len(rows) > 1:
        raise WhichMember(ids=", ".join(str(row["id"]) for row in rows))
    return CustomerId(rows[0]["id"]), rows[0]["ref"]


def _id(named: str) -> UUID | None:
    try:
        return UUID(named)
    except ValueError:
        return None
