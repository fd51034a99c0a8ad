"""Spreading scanned pieces over the lines that want them: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Line = TypeVar("Line")


def spread(qty: int, wanted: Sequence[tuple[Line, int]]) -> list[tuple[Line, int]]:
    """Give so many pieces to lines in their order, each at most what it wants; they want no fewer together."""
    given: list[tuple[Line, int]] = []
    for line, most in wanted:
        some = min(qty, most)
        if some > 0:
            given.append((line, some))
            qty -= some
    assert qty == 0, "more pieces than the lines want"
    return given
