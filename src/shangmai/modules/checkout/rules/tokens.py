"""The token of a guest's cart: it tells nothing and can't be made up.

It is random and signed, so a made-up one is refused without asking the database, which keeps a hash of it only.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final
from uuid import UUID

from shangmai.kernel.signing import BODY_BYTES, opened, signed

CART: Final = "cart_"
PURPOSE: Final = "checkout"


def new_cart_token() -> str:
    return signed(PURPOSE, CART, secrets.token_bytes(BODY_BYTES))


def cart_hash(token: str) -> bytes | None:
    """What is kept of a cart's token, as its owner; None if nobody here has made it."""
    random = opened(PURPOSE, CART, token)
    return None if random is None else hashlib.sha256(b"guest" + random).digest()


def member_hash(customer_id: UUID) -> bytes:
    """The owner of a member's cart."""
    return hashlib.sha256(b"member" + customer_id.bytes).digest()
