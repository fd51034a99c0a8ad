"""A template with values in it, as PDF or as pictures of its pages (typst).

A template is a file `*.typ` that reads its values from `sys.inputs.values`, a JSON text. The compiler and the font stay
in memory once something has been printed: the first document takes a quarter of a second longer.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec

DOTS_PER_INCH: Final = 144.0


class Press:
    """Prints one template. Safe to use from several threads; they print one after the other.

    Printing takes the processor for as long as it lasts: 1 to 7 ms a page. Call it in a thread.
    """

    def __init__(self, template: Path) -> None:
        self._template = template
        self._lock = Lock()
        self._compiler: Any = None

    def pdf(self, values: Any) -> bytes:
        """The document as PDF; `values` is what msgspec can write as JSON. Equal values give equal bytes."""
        with self._lock:
            made = self._kept().compile(sys_inputs=_inputs(values), format="pdf", timestamp=0, pdf_tags=False)
        assert isinstance(made, bytes)
        return made

    def pictures(self, values: Any, dots_per_inch: float = DOTS_PER_INCH) -> list[bytes]:
        """Each page as a PNG."""
        with self._lock:
            made = self._kept().compile(sys_inputs=_inputs(values), format="png", ppi=dots_per_inch)
        return [made] if isinstance(made, bytes) else list(made)

    def _kept(self) -> Any:
        if self._compiler is None:
            # Not before something is printed: the library is 80 MB, and most processes never print.
            import typst

            self._compiler = typst.Compiler(
                str(self._template),
                root=str(self._template.parent),
                font_paths=_fonts(),
                ignore_system_fonts=True,
            )
        return self._compiler


@cache
def _fonts() -> Any:
    """The one font that is ours, with all Chinese characters; whatever the machine has is left alone."""
    import noto_cjk_sans_otc
    import typst

    folder = str(Path(noto_cjk_sans_otc.__file__).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def _inputs(values: Any) -> dict[str, str]:
    return {"values": msgspec.json.encode(values).decode()}
