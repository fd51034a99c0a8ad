"""Whom a note names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from shangmai.modules.orders.contract.noting import MENTIONS_MAX

AT: Final = re.compile(r"(?<![A-Za-z0-9._-])@")
"""Not the one of an e-mail address."""
GOES_ON: Final = re.compile(r"[A-Za-z0-9_]")


def mentioned(text: str, logins: Iterable[str]) -> list[str]:
    """Of these logins, those that a text names as `@login`, each once, in its order; the first twenty.

    The longest login that stands there counts; Chinese may follow without a blank, letters and digits may not.
    """
    lower = text.lower()
    longest_first = sorted(logins, key=lambda login: (-len(login), login))
    found: dict[str, None] = {}
    for at in AT.finditer(lower):
        named = next((login for login in longest_first if _stands(lower, at.end(), login)), None)
        if named is not None:
            found[named] = None
    return list(found)[:MENTIONS_MAX]


def _stands(text: str, start: int, login: str) -> bool:
    end = start + len(login)
    return text.startswith(login.lower(), start) and not GOES_ON.match(text, end)
