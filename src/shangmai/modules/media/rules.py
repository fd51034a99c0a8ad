"""What a file is by its bytes, and how large a picture it holds. Pure.

Formats: PNG (W3C, 3rd ed., 5.2 and 11.2.2), GIF89a (18), JPEG (ITU T.81, B.2.2), WebP (RFC 9649, 2.5 to 2.7),
ISO base media (ISO/IEC 14496-12, 4.3).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from shangmai.modules.media.contract import SIDE_MAX_PX, NotShowable, PictureTooLarge

FILMS: Final = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash")
"""Major brands of MP4; others of its family are pictures, or films that browsers do not show."""
FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG's markers that begin a frame: all of C0 to CF but tables, the extension and arithmetic conditioning."""
ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length behind them."""


class Seen(Struct, frozen=True):
    """A kind of file, and the pixels of a picture."""

    media_type: str
    width: int | None = None
    height: int | None = None


def look_at(content: bytes) -> Seen:
    """Tell what the bytes are. Raises: NotShowable, PictureTooLarge."""
    seen = _png(content) or _gif(content) or _jpeg(content) or _webp(content) or _mp4(content)
    if seen is None or seen.width == 0 or seen.height == 0:
        raise NotShowable()
    if max(seen.width or 0, seen.height or 0) > SIDE_MAX_PX:
        raise PictureTooLarge(width=seen.width, height=seen.height, most=SIDE_MAX_PX)
    return seen


def _png(content: bytes) -> Seen | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return Seen("image/png", _big(content[16:20]), _big(content[20:24]))


def _gif(content: bytes) -> Seen | None:
    if content[:6] not in (b"GIF87a", b"GIF89a") or len(content) < 10:
        return None
    return Seen("image/gif", _little(content[6:8]), _little(content[8:10]))


def _jpeg(content: bytes) -> Seen | None:
    """Go from segment to segment to the one that begins the frame; a thumbnail within another one is passed over."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in FRAMES:
            return Seen("image/jpeg", _big(content[place + 7 : place + 9]), _big(content[place + 5 : place + 7]))
        if marker == 0xFF:  # a fill byte
            place += 1
        elif marker in ALONE:
            place += 2
        else:
            place += 2 + max(_big(content[place + 2 : place + 4]), 2)
    return None


def _webp(content: bytes) -> Seen | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        return Seen("image/webp", _little(content[24:27]) + 1, _little(content[27:30]) + 1)
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = _little(content[21:25])
        return Seen("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        return Seen("image/webp", _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF)
    return None


def _mp4(content: bytes) -> Seen | None:
    return Seen("video/mp4") if content[4:8] == b"ftyp" and content[8:12] in FILMS else None


def _big(number: bytes) -> int:
    return int.from_bytes(number, "big")


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
