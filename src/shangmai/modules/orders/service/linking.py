"""Links that open an order without signing in, or its payment alone: the order's id, signed, and kept nowhere."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shangmai.kernel.signing import opened, signed
from shangmai.modules.orders.contract import OrderId

LINK, PAY = "order_", "pay_"
PURPOSE: Final = "checkout"
"""For which links are signed: the checkout made them first, and what people have kept must still open."""


def order_link(order_id: OrderId) -> str:
    """The link that shows an order to whoever holds it, and lets them act for its buyer."""
    return signed(PURPOSE, LINK, order_id.bytes)


def order_of_link(link: str) -> OrderId | None:
    """The order of a link; None if nobody here has made it."""
    found = opened(PURPOSE, LINK, link)
    return None if found is None else OrderId(UUID(bytes=found))


def pay_link(order_id: OrderId) -> str:
    """For somebody else who pays: it opens nothing but that."""
    return signed(PURPOSE, PAY, order_id.bytes)


def order_to_pay(link: str) -> OrderId | None:
    """The order that a link, or a pay link, pays for; None if nobody here has made it."""
    found = opened(PURPOSE, PAY, link)
    return order_of_link(link) if found is None else OrderId(UUID(bytes=found))
