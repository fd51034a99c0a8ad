"""Whom an order goes to, for modules above that have made sure who asks."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

import msgspec

from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.orders.contract import CipherReceiver, OrderId, Receiver
from shangmai.modules.orders.queries import looking as queries


async def find_by_numbers(tx: Tx, numbers: Collection[str]) -> dict[str, OrderId]:
    """Give the orders of those of these numbers that there are, in one statement."""
    return await queries.ids_of_numbers(tx, numbers)


async def receiver_of(tx: Tx, order_id: OrderId) -> CipherReceiver | None:
    """Give an order's receiver as clear as we know it; None where none was given or it was removed."""
    sealed = await queries.sealed_receiver(tx, order_id)
    return None if sealed is None else opened(order_id, sealed)


def opened(order_id: OrderId, sealed: bytes) -> CipherReceiver:
    """The receiver as clear as we know it; without a cipher unless a channel keeps it to itself."""
    text = current_vault().column("orders", "receiver").decrypt(sealed, order_id)
    return msgspec.json.decode(text, type=CipherReceiver)


def plain(receiver: Receiver) -> Receiver:
    """A receiver without what stands for it at a channel."""
    return Receiver(**{name: getattr(receiver, name) for name in Receiver.__struct_fields__})


def normalized(receiver: CipherReceiver) -> str:
    """A receiver as one text that does not depend on width, case or spaces, to be compared by its hash.

    Of one whom a channel keeps to itself, what the channel says is the same: masks are the same for many people.
    """
    if receiver.cipher:
        return f"cipher|{receiver.cipher_index or receiver.cipher}"
    fields = (getattr(receiver, name) for name in Receiver.__struct_fields__)
    return "|".join("".join(unicodedata.normalize("NFKC", field).casefold().split()) for field in fields)
