"""Lots of goods (批次): when they were made, until when they keep, and whether they may be sold."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

LotCode = Annotated[str, Meta(max_length=64, pattern=r"^\S*$(?!\n)", description="Empty: none is kept. 批次号。")]


class LotState(StrEnum):
    """Whether a lot may be picked. A recalled one is called back from those who have got it, too."""

    OK = "ok"
    BLOCKED = "blocked"
    RECALLED = "recalled"
