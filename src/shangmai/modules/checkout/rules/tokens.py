"""Tokens that tell nothing and can't be made up: a guest's cart, the link to an order, the link to pay it.

A cart's token is random and signed, so a made-up one is refused without asking the database, which keeps a hash of it
only. An order's link is the order's id, signed: it is not kept anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final
from uuid import UUID

from shangmai.kernel.crypto import current_vault

CART, LINK, PAY = "cart_", "order_", "pay_"
RANDOM_BYTES: Final = 16
MAC_BYTES: Final = 16


def new_cart_token() -> str:
    return _signed(CART, secrets.token_bytes(RANDOM_BYTES))


def cart_hash(token: str) -> bytes | None:
    """What is kept of a cart's token, as its owner; None if nobody here has made it."""
    random = _opened(CART, token)
    return None if random is None else hashlib.sha256(b"guest" + random).digest()


def member_hash(customer_id: UUID) -> bytes:
    """The owner of a member's cart."""
    return hashlib.sha256(b"member" + customer_id.bytes).digest()


def order_link(order_id: UUID) -> str:
    return _signed(LINK, order_id.bytes)


def order_of_link(link: str) -> UUID | None:
    """The order of a link; None if nobody here has made it."""
    found = _opened(LINK, link)
    return None if found is None else UUID(bytes=found)


def pay_link(order_id: UUID) -> str:
    """For somebody else who pays: it opens nothing but that."""
    return _signed(PAY, order_id.bytes)


def order_to_pay(link: str) -> UUID | None:
    """The order that a link, or a pay link, pays for; None if nobody here has made it."""
    found = _opened(PAY, link)
    return order_of_link(link) if found is None else UUID(bytes=found)


def _signed(prefix: str, body: bytes) -> str:
    mac = current_vault().keyed_hash(f"checkout/{prefix}", body.hex())[:MAC_BYTES]
    return prefix + base64.urlsafe_b64encode(body + mac).rstrip(b"=").decode()


def _opened(prefix: str, token: str) -> bytes | None:
    """The body of a token that was signed with any of the master keys."""
    if not token.startswith(prefix):
        return None
    packed = token.removeprefix(prefix)
    try:
        plain = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, mac = plain[:RANDOM_BYTES], plain[RANDOM_BYTES:]
    macs = current_vault().lookup_hashes(f"checkout/{prefix}", body.hex())
    return body if any(hmac.compare_digest(mac, each[:MAC_BYTES]) for each in macs) else None
