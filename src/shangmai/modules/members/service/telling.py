"""Saying that points came or went, with what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.members.contract.points import PointsKind, PointsMoved, PointsPolicy
from shangmai.modules.members.queries import points as queries
from shangmai.modules.members.rules.points import worth_of
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopId

NO_POLICY = PointsPolicy()


class Move(Struct, frozen=True):
    """Points of a member that came (positive) or went."""

    customer_id: CustomerId
    shop_id: ShopId
    kind: PointsKind
    points: int
    doc: UUID
    item: Item
    short: int = 0


async def tell(tx: Tx, moves: Sequence[Move]) -> None:
    """Emit members.points_moved.v1, once for each document, member and kind."""
    if not moves:
        return
    shops = await organization.get_shops(tx, {move.shop_id for move in moves})
    policies = await queries.policies(tx, {shop.company_id for shop in shops.values()})
    for move in _added_up(moves):
        shop = shops[ShopId(move.shop_id)]
        policy = policies[shop.company_id].policy if shop.company_id in policies else NO_POLICY
        worth = worth_of(abs(move.points), policy)
        event = PointsMoved(
            customer_id=move.customer_id,
            shop_id=move.shop_id,
            company_id=shop.company_id,
            kind=move.kind,
            points=move.points,
            doc=move.doc,
            worth_in_minor=worth if move.points > 0 else 0,
            worth_out_minor=worth if move.points < 0 else 0,
            currency=shop.currency,
            short=move.short,
        )
        tx.emit(event, move.item)


def _added_up(moves: Sequence[Move]) -> list[Move]:
    sums: dict[tuple[object, ...], Move] = {}
    for move in moves:
        key = (move.doc, move.customer_id, move.kind)
        before = sums[key].points if key in sums else 0
        sums[key] = Move(
            move.customer_id, move.shop_id, move.kind, before + move.points, move.doc, move.item, move.short
        )
    return list(sums.values())
