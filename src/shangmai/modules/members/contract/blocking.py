"""Buyers whom a shop does not want to sell to (黑名单)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.members.contract.ids import CustomerId
from shangmai.modules.organization.contract import ShopId


class BlockCustomer(Struct, frozen=True, kw_only=True):
    """Stop what a customer orders from now on, and what has not left. 加入黑名单。"""

    customer_id: CustomerId
    reason: Annotated[str, Meta(min_length=2, max_length=200, pattern=r"\S")]


class UnblockCustomer(Struct, frozen=True, kw_only=True):
    """Let a customer's orders go again. 移出黑名单。"""

    customer_id: CustomerId


class Blocking(Struct, frozen=True, kw_only=True):
    """Whether a customer is blocked, and why."""

    customer_id: CustomerId
    shop_id: ShopId
    blocked: bool
    reason: str = ""


@event("members.blocked.v1", key="customer_id")
class CustomerBlocked(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    shop_id: ShopId


@event("members.unblocked.v1", key="customer_id")
class CustomerUnblocked(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    shop_id: ShopId
