"""QR codes (ISO/IEC 18004) as SVG."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import segno


@lru_cache(4096)
def svg(text: str) -> tuple[str, int]:
    """A text as a QR code that a seventh of may be lost (level M): the SVG, one unit a module, and its modules."""
    rows = segno.make(text, error="m", micro=False).matrix
    path = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                path.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    size = len(rows)
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{"".join(path)}"/></svg>'
    return picture, size
