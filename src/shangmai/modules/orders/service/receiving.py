"""Whom an order goes to, for modules above that have made sure who asks."""

from __future__ import annotations

import unicodedata
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
    return None if sealed is None else opened(order_id, sealed)


def opened(order_id: OrderId, sealed: bytes) -> Receiver:
    """The receiver in clear."""
    return msgspec.json.decode(current_vault().column("orders", "receiver").decrypt(sealed, order_id), type=Receiver)


def normalized(receiver: Receiver) -> str:
    """A receiver as one text that does not depend on width, case or spaces, to be compared by its hash."""
    fields = (getattr(receiver, name) for name in Receiver.__struct_fields__)
    return "|".join("".join(unicodedata.normalize("NFKC", field).casefold().split()) for field in fields)
