"""Codes of the export as codes of our catalog."""

import re
from collections.abc import Iterable
from hashlib import blake2b

CODE = re.compile(r"[A-Z0-9_-](?:[A-Z0-9 _-]{0,62}[A-Z0-9_-])?")
_FOREIGN = re.compile("[^A-Z0-9_-]+")
KEPT_CHARS = 48


def sku_codes(codes: Iterable[str]) -> dict[str, str]:
    """Give each code of the export one of the catalog, the same in every run.

    A code that the catalog takes stays. Another one (small letters, Chinese, too long) keeps what can be kept of it and
    ends in a digest of the whole, so that no two become one.
    """
    return {code: code if CODE.fullmatch(code) else _derived(code) for code in codes}


def _derived(code: str) -> str:
    digest = blake2b(code.encode(), digest_size=5).hexdigest().upper()
    kept = _FOREIGN.sub("-", code.upper())[:KEPT_CHARS].strip("-")
    return f"{kept}-{digest}" if kept else digest
