r"""The dress that exports put on texts, taken off: byte-order marks, tabs, back-ticks, apostrophes, ="…".

Chinese platforms write `` `100012 `` or `="0012"` or a tab behind a number, so that a spreadsheet shows it as text, and
full-width signs in one export where the next has half-width ones.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# A byte-order mark, as such and as other encodings show it (UTF-8 read as Latin-1 or GBK).
_MARKS: Final = ("\ufeff", "\ufffe", "ï»¿", "锘縗", "锘匡豢", "锘")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\x00]")
_FORMULA_TEXT = re.compile(r'=\s*"(.*)"', re.DOTALL)
# One apostrophe before a number, a code or a formula is a mark of spreadsheets; before a word it belongs to the word.
_MARKED_TEXT = re.compile(r"'(?=[0-9=+@-])[^']*")


def clean_cell(text: str) -> str | None:
    """The text without its dress; None when nothing is left."""
    text = text.strip()
    if not text:
        return None
    if text[0] in "`='" or text[-1] == "`":
        text = _undress(text)
    if not text.isascii() and _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text).strip()
    return text or None


def _undress(text: str) -> str:
    formula = _FORMULA_TEXT.fullmatch(text)
    if formula is not None:
        return formula[1].replace('""', '"').strip()
    if _MARKED_TEXT.fullmatch(text):
        text = text[1:]
    return text.strip("`").strip()


def clean_header(text: str) -> str:
    """The header as people see it."""
    for mark in _MARKS:
        text = text.removeprefix(mark)
    bare = clean_cell(text.lstrip("'").replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return " ".join((bare or "").strip('"').split())


def header_key(text: str) -> str:
    """What two spellings of one header share: full and half width, spaces and case do not matter."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", clean_header(text))).casefold()
