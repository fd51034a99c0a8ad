"""How long a sign-in lasts, and the token that proves that a request comes from our own pages."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from shangmai.modules.identity.contract.errors import CsrfTokenWrong

IDLE: Final = timedelta(hours=8)
ABSOLUTE: Final = timedelta(days=7)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exact `last_seen_at` is: it is written no more often than this."""
DEVICE_KNOWN_FOR: Final = timedelta(days=180)
KEPT_FOR: Final = timedelta(days=180)
"""How long an ended session stays on record: it is the log of sign-ins."""
CACHED_S: Final = 5.0
DEAF_CACHED_S: Final = 1.0
"""How long a process trusts what it read of a session while it cannot hear of changes."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def ends_at(last_seen_at: datetime, expires_at: datetime) -> datetime:
    """Give the moment a session ends by itself: too long unused, or too old."""
    return min(last_seen_at + IDLE, expires_at)


def should_note(last_seen_at: datetime, now: datetime) -> bool:
    """Tell whether to write that the session is in use; also when the clock was set back behind the last note."""
    return abs(now - last_seen_at) >= SEEN_EVERY


def csrf_token(session_token: str) -> str:
    """Derive the CSRF token of a session: bound to it, and no way back to the session's own token."""
    digest = hashlib.sha256(b"shangmai csrf\0" + session_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_csrf(expected: str, given: str | None, method: str) -> None:
    """Raises: CsrfTokenWrong for a method that can change something without the session's CSRF token."""
    if method.upper() not in SAFE_METHODS and not hmac.compare_digest(expected.encode(), (given or "").encode()):
        raise CsrfTokenWrong()
