"""Second factors: codes of an authenticator app (RFC 6238) and recovery codes."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from typing import Final

import pyotp

STEP_S: Final = 30
DRIFT_STEPS: Final = 1
"""A phone's clock may be this many steps off, and people take time to type (RFC 6238, 5.2)."""
STEPS_REMEMBERED: Final = 16
RECOVERY_CODES: Final = 10
ISSUER: Final = "Shangmai"

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O and U to mistake
_GROUPS, _GROUP_CHARS = 4, 4


def new_secret() -> str:
    """Make a secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, login: str) -> str:
    """Give what an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def is_totp(code: str) -> bool:
    return re.fullmatch(r"[0-9]{6}", clean(code)) is not None


def matching_steps(secret: str, code: str, now: datetime) -> list[int]:
    """Give the time steps around now whose code this is: none, or one, rarely more; the nearest first."""
    current = int(now.timestamp()) // STEP_S
    near = sorted(range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1), key=lambda step: abs(step - current))
    totp = pyotp.TOTP(secret)
    given = clean(code).encode()
    return [step for step in near if hmac.compare_digest(totp.generate_otp(step).encode(), given)]


def new_recovery_codes() -> list[str]:
    """Make codes of 80 random bits each, as groups that people can copy."""
    return [_new_recovery_code() for _ in range(RECOVERY_CODES)]


def clean(code: str) -> str:
    """Bring the spellings of a code to one: blanks, dashes, small or wide letters."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code)).upper()


def _new_recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS))
    return "-".join(groups)
