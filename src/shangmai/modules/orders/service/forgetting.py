"""Forgetting whom an order went to, when its customer asked to be forgotten (个人信息保护法, article 47)."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.tx import Tx
from shangmai.modules.logistics import service as logistics
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.queries import sent


async def forget_receivers(tx: Tx, erased: Collection[CustomerId], ended: Collection[OrderId]) -> None:
    """Remove the receivers from signed and canceled orders of these customers, and of these orders' erased ones.

    Their parcels forget them too. An order under way keeps its receiver: the parcel must still arrive. Doing it again
    changes nothing.
    """
    buyers = {order.customer_id for order in (await queries.get(tx, ended)).values()} - {None} if ended else set()
    gone = await members.erased_among(tx, [buyer for buyer in buyers if buyer is not None]) if buyers else set()
    if forgotten := {*erased, *gone}:
        await queries.forget_receivers(tx, forgotten)
        await logistics.forget_receivers(tx, await sent.units_of_forgotten(tx, forgotten))
