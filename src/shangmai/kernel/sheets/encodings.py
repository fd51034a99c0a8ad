"""Which encoding a text file is written in: decided over all of it, so that reading it cannot fail half-way."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from shangmai.kernel.sheets.contract import EncodingUnknown

CHUNK_BYTES: Final = 1 << 20
SAMPLE_BYTES: Final = 256 << 10
COMMON_SHARE: Final = 0.9
"""How many of the Chinese letters must be among the usual ones for a text to be taken as Chinese."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_WIDER: Final = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}


def find_encoding(path: Path, expected: str | None = None) -> str:
    """Name an encoding in which the whole file can be read. Raises: EncodingUnknown.

    What is expected comes before any guess, but not before what the bytes say themselves: a mark at the beginning, or
    that all of it is UTF-8, as no other text is by chance.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE_BYTES)
    for candidate in _candidates(sample, expected):
        if _decodes(path, candidate):
            return candidate
    raise EncodingUnknown(name=path.name, line=_first_bad_line(path))


def _candidates(sample: bytes, expected: str | None) -> list[str]:
    """Encodings to try, the likeliest first."""
    marked = [name for bom, name in _BOMS if sample.startswith(bom)]
    # A byte-order mark of UTF-8 before GBK text is junk that some exports write: then UTF-8 does not fit.
    named = [_WIDER.get(expected.lower(), expected)] if expected else []
    return list(dict.fromkeys([*marked, *_wide(sample), "utf-8", *named, *_chinese_or_guessed(sample)]))


def _wide(sample: bytes) -> list[str]:
    """UTF-16 without a mark: of Latin text every second byte is zero."""
    even, odd = sample[0:4000:2].count(0), sample[1:4000:2].count(0)
    pairs = max(len(sample[:4000]) // 2, 1)
    if odd > pairs * 0.3 and even < pairs * 0.1:
        return ["utf-16-le"]
    return ["utf-16-be"] if even > pairs * 0.3 and odd < pairs * 0.1 else []


def _chinese_or_guessed(sample: bytes) -> list[str]:
    """GB18030 fits nearly any bytes, so it comes first only if what it reads is everyday Chinese."""
    guessed = _guessed(sample)
    return ["gb18030", *guessed] if _reads_as_chinese(sample) else [*guessed, "gb18030"]


def _reads_as_chinese(sample: bytes) -> bool:
    text = codecs.getincrementaldecoder("gb18030")("replace").decode(sample)
    letters = [letter for letter in text if letter > "\x7f"]
    usual = sum(_is_usual(letter) for letter in letters)
    return bool(letters) and usual >= len(letters) * COMMON_SHARE


def _is_usual(letter: str) -> bool:
    """Whether GB 2312 has it among its signs and its 3,755 letters in everyday use (rows 1 to 55)."""
    try:
        encoded = letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(encoded) == 2 and encoded[0] <= 0xD7


def _guessed(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes  # here: only files of other regions need it

    return [match.encoding for match in from_bytes(sample, steps=5, chunk_size=2048)][:5]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            if encoding == "gb18030" and file.read(3) != codecs.BOM_UTF8:
                file.seek(0)
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _first_bad_line(path: Path) -> int:
    """The line at which UTF-8 stops to fit, as the place to look at."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError:
                return number
    return 1
