"""Login names and passwords as they are compared, and which passwords are good enough."""

from __future__ import annotations

import unicodedata
from typing import Final

from shangmai.modules.identity.contract.errors import PasswordTooWeak

DISTINCT_MIN: Final = 5


def normalize_login(login: str) -> str:
    """Bring the spellings of one name to one text: Ａlice and ALICE sign in as alice."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def normalize_password(password: str) -> str:
    """Two keyboards may send one character in two ways (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, login: str) -> None:
    """Raises: PasswordTooWeak. The length is checked where the input is read."""
    plain = normalize_password(password).casefold()
    if len(set(plain)) < DISTINCT_MIN or normalize_login(login) in plain or _is_a_row(plain):
        raise PasswordTooWeak(distinct=DISTINCT_MIN)


def _is_a_row(plain: str) -> bool:
    """Tell whether it is written by running a finger along the keyboard or the alphabet, there or back."""
    return any(plain in row * 3 or plain in row[::-1] * 3 for row in _ROWS)


_ROWS: Final = ("1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "1qaz2wsx3edc4rfv", "password")
