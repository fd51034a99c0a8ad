"""Whom an order goes to, for modules above that have made sure who asks."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import OrderId, Receiver
from shangmai.modules.orders.queries import looking as queries


async def find_by_numbers(tx: Tx, numbers: Collection[str]) -> dict[str, OrderId]:
    """Give the orders of those of these numbers that there are, in one statement."""
    return await queries.ids_of_numbers(tx, numbers)


async def receiver_of(tx: Tx, order_id: OrderId) -> Receiver | None:
    """Give an order's receiver in clear; None where none was given or it was removed."""
    sealed = await queries.sealed_receiver(tx, order_id)
    if sealed is None:
        return None
    return msgspec.json.decode(current_vault().column("orders", "receiver").decrypt(sealed, order_id), type=Receiver)
