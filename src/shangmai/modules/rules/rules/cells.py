"""What a cell of a decision table means: a test of one fact, spelled out as an expression.

| cell | means, for a fact `f` |
|---|---|
| empty, `-` | anything |
| `> 100`, `!= 'a'` | `f > 100`, `f != 'a'` |
| `[1..5]`, `(0..10]` | `f in [1..5]` |
| `'a', 'b'` | `f == 'a' or f == 'b'`; of a list of strings: it contains one of them |
| `in ['a']`, `not in ['a']` | `f in ['a']` |
| `contains($, 'x') and len($) > 3` | the expression, `$` being the fact |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shangmai.modules.rules.contract.facts import STRINGS

ANY: Final = ("", "-")
_PIECE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|[^'\"]|['\"]")
_COMPARED: Final = re.compile(r"(>=|<=|==|!=|>|<)(?!=)")
_INTERVAL: Final = re.compile(r"[\[(][^'\"]*\.\.[^'\"]*[\])]$")


def spell_out(field: str, kind: str, cell: str) -> str | None:
    """The expression that a cell stands for; None when it lets anything pass. What it says is not checked here."""
    text = cell.strip()
    if text in ANY:
        return None
    if "$" in "".join(piece for piece in _pieces(text) if len(piece) == 1):
        return "".join(field if piece == "$" else piece for piece in _pieces(text))
    if re.match(r"(not\s+)?in\b", text):
        return f"{field} {text}"
    return " or ".join(_test(field, kind, part) for part in _parts(text))


def _pieces(text: str) -> Iterator[str]:
    """The text in texts between quotes and single signs."""
    return (found[0] for found in _PIECE.finditer(text))


def _parts(text: str) -> list[str]:
    """The text cut at commas that stand in no quotes and no brackets."""
    parts, depth = [""], 0
    for piece in _pieces(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(piece, 0)
        if piece == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _test(field: str, kind: str, part: str) -> str:
    if _COMPARED.match(part):
        return f"{field} {part}"
    if _INTERVAL.match(part):
        return f"{field} in {part}"
    return f"contains({field}, {part})" if kind == STRINGS else f"{field} == {part}"
