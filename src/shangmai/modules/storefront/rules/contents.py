"""Pages of words that every shop needs, as drafts to begin with: a shop reads, changes and publishes them itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from shangmai.modules.catalog.contract.content import Block as Writing
from shangmai.modules.catalog.contract.content import Bullets, Heading, Paragraph
from shangmai.modules.storefront.contract.blocks import TextBlock
from shangmai.modules.storefront.contract.pages import FootGroup, FootSpot, PageTemplate

HEADING, ITEM = "# ", "- "


def _writing(said: Iterable[str]) -> tuple[Writing, ...]:
    """Pieces of a text from its lines; items that follow each other are one list."""
    pieces: list[Writing] = []
    for is_list, lines in groupby(said, lambda line: line.startswith(ITEM)):
        if is_list:
            pieces.append(Bullets(items=tuple(line.removeprefix(ITEM) for line in lines)))
        else:
            pieces += [
                Heading(text=line.removeprefix(HEADING)) if line.startswith(HEADING) else Paragraph(text=line)
                for line in lines
            ]
    return tuple(pieces)


def _template(page: dict[str, Any]) -> PageTemplate:
    text = TextBlock(key="text", body=_writing(page["zh"]), body_en=_writing(page["en"]))
    spot = FootSpot(group=FootGroup(page["group"]), place=page["place"])
    return PageTemplate(slug=page["slug"], title=page["title"], title_en=page["title_en"], foot=spot, blocks=(text,))


_FILE: Final = Path(__file__).parent.parent / "pages.toml"
TEMPLATES: Final = tuple(map(_template, tomllib.loads(_FILE.read_text(encoding="utf-8"))["page"]))
