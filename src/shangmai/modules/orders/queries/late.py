"""The SQL of orders that expired, and of late money."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId, Status
from shangmai.modules.orders.contract.late import LateChoice
from shangmai.modules.organization.contract import ShopId


async def note_expired(tx: Tx, id_: OrderId) -> None:
    await tx.execute("UPDATE orders SET expired_at = $2 WHERE id = $1", id_, tx.now)


async def revive(tx: Tx, ids: Collection[OrderId]) -> None:
    await tx.execute(
        "UPDATE orders SET status = $2, expired_at = NULL WHERE id = ANY ($1::uuid[])", list(ids), Status.PLACED.value
    )


async def late_choices(tx: Tx, shops: Collection[ShopId]) -> dict[ShopId, LateChoice]:
    """What these shops chose; those that chose nothing are left out."""
    rows = await tx.fetch(
        "SELECT shop_id, choice FROM order_late_payment_policies WHERE shop_id = ANY ($1::uuid[])", list(shops)
    )
    return {row["shop_id"]: LateChoice(row["choice"]) for row in rows}


async def set_late_choice(tx: Tx, shop_id: ShopId, choice: LateChoice) -> None:
    await tx.execute(
        "INSERT INTO order_late_payment_policies (shop_id, choice, set_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (shop_id) DO UPDATE SET choice = $2, set_at = $3, cause = $4",
        shop_id,
        choice.value,
        tx.now,
        tx.cause,
    )
