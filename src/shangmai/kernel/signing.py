"""Tokens that can't be made up: sixteen bytes that say what they are for, signed with the newest master key."""

from __future__ import annotations

import base64
import hmac
from typing import Final

from shangmai.kernel.crypto import current_vault

BODY_BYTES: Final = 16
MAC_BYTES: Final = 16


def signed(purpose: str, prefix: str, body: bytes) -> str:
    """A token that begins with `prefix` and holds `body`, good for this purpose alone."""
    assert len(body) == BODY_BYTES
    mac = current_vault().keyed_hash(f"{purpose}/{prefix}", body.hex())[:MAC_BYTES]
    return prefix + base64.urlsafe_b64encode(body + mac).rstrip(b"=").decode()


def opened(purpose: str, prefix: str, token: str) -> bytes | None:
    """The body of a token that was signed with any of the master keys; None of one that was not."""
    if not token.startswith(prefix):
        return None
    packed = token.removeprefix(prefix)
    try:
        plain = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, mac = plain[:BODY_BYTES], plain[BODY_BYTES:]
    macs = current_vault().lookup_hashes(f"{purpose}/{prefix}", body.hex())
    return body if any(hmac.compare_digest(mac, each[:MAC_BYTES]) for each in macs) else None
