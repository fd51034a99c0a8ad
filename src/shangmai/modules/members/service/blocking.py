"""Blocking buyers; what that means for their orders, the modules above decide."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.members.contract import CustomerId, CustomerNotFound
from shangmai.modules.members.contract.blocking import (
    BlockCustomer,
    Blocking,
    CustomerBlocked,
    CustomerUnblocked,
    UnblockCustomer,
)
from shangmai.modules.members.queries import blocking, levels
from shangmai.modules.organization.contract import ShopId


@action("members.block", grant="members.block", inverse="members.unblock", errors=[CustomerNotFound])
async def block(tx: Tx, do: BlockCustomer) -> Blocking:
    """Block a customer; one who is blocked stays so, for the reason given first. Event members.blocked.v1.

    Raises: CustomerNotFound.
    """
    shop_id = await _shop_of(tx, do.customer_id)
    if await blocking.insert(tx, do.customer_id, shop_id, do.reason):
        tx.emit(CustomerBlocked(customer_id=do.customer_id, shop_id=shop_id))
    reason = (await blocking.among(tx, [do.customer_id]))[do.customer_id]
    return Blocking(customer_id=do.customer_id, shop_id=shop_id, blocked=True, reason=reason)


@action("members.unblock", grant="members.block", errors=[CustomerNotFound])
async def unblock(tx: Tx, do: UnblockCustomer) -> Blocking:
    """Unblock a customer; one who is not blocked stays so. Event members.unblocked.v1. Raises: CustomerNotFound."""
    shop_id = await _shop_of(tx, do.customer_id)
    if await blocking.delete(tx, do.customer_id):
        tx.emit(CustomerUnblocked(customer_id=do.customer_id, shop_id=shop_id))
    return Blocking(customer_id=do.customer_id, shop_id=shop_id, blocked=False)


async def blocked_among(tx: Tx, ids: Collection[CustomerId]) -> dict[CustomerId, str]:
    """Those of these customers who are blocked, with why, in one statement."""
    return await blocking.among(tx, ids)


async def _shop_of(tx: Tx, customer_id: CustomerId) -> ShopId:
    """The customer's shop, the row held, so that two at once follow each other. Raises: CustomerNotFound."""
    found = await levels.lock_customers(tx, [customer_id])
    if customer_id not in found:
        raise CustomerNotFound(customer_id=customer_id)
    return found[customer_id]
