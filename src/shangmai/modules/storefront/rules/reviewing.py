"""Whether a review may be shown without a person looking at it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from shangmai.modules.storefront.rules.words import normal

SENSITIVE: Final = (
    "加微信", "加qq", "微信号", "代刷", "刷单", "返现", "兼职", "赌博", "博彩", "发票代开", "代开发票",
    "色情", "枪支", "毒品", "http://", "https://", "www.",
)  # fmt: skip
"""What advertisements, bought praise and forbidden offers are made of. A review that says so waits for a person."""
_CONTACT: Final = re.compile(r"1[3-9]\d{9}|[\w.+-]+@[\w-]+\.\w{2,}")


def held_for(text: str, pictures: Iterable[str]) -> tuple[str, ...]:
    """Why the review must wait for a person; nothing when it may be shown. Marks between the letters hide nothing.

    Pictures always wait: nobody but a person sees what is on them.
    """
    plain = re.sub(r"[\s*·•_—-]+", "", normal(text).casefold())
    reasons = [word for word in SENSITIVE if word in plain]
    if _CONTACT.search(plain):
        reasons.append("contact")
    if any(True for _ in pictures):
        reasons.append("pictures")
    return tuple(reasons)
