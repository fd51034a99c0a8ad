"""Pictures and films, how they come here, and what is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from shangmai.kernel.errors import Invalid, NotFound, TooMany
from shangmai.kernel.files import Sha256
from shangmai.kernel.i18n import register_folder

register_folder("media", Path(__file__).parent)

UPLOAD: Final = "media.upload"
OWN: Final = "media.own"
OWN_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of a picture that a customer uploads, for a review."""
OWN_A_DAY_MAX: Final = 60
BYTES_MAX: Final = 50 * 1024 * 1024
SIDE_MAX_PX: Final = 20_000
"""A picture that unpacks to more takes gigabytes where it is shown."""


class MediaFile(Struct, frozen=True, kw_only=True):
    """A picture or film. `width` and `height` in pixels as stored, before any turn that its metadata asks for;

    null for films. `url` is where it is served.
    """

    sha256: Sha256
    media_type: str
    size: int
    width: int | None
    height: int | None
    name: str
    at: datetime
    url: str


class KeepMedia(Struct, frozen=True, kw_only=True):
    """Let a file that was uploaded be seen by everybody. `size` in bytes; `name` as people called it."""

    sha256: Sha256
    size: Annotated[int, Meta(ge=1)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class KeepOwnMedia(KeepMedia, frozen=True, kw_only=True):
    """Let a picture be seen that a customer has uploaded."""


class NoPicture(Invalid):
    """This is no picture; upload JPEG, PNG, GIF or WebP."""

    zh = "该文件不是图片，请上传 JPEG、PNG、GIF 或 WebP。"
    status = 415


class TooManyPictures(TooMany):
    """You have uploaded {most} pictures within a day; go on tomorrow."""

    zh = "一天最多上传 {most} 张图片，请明天再试。"


class NotShowable(Invalid):
    """This is no picture or film that can be shown here; upload JPEG, PNG, GIF, WebP or MP4."""

    zh = "该文件不是可展示的图片或视频；请上传 JPEG、PNG、GIF、WebP 或 MP4。"
    status = 415


class PictureTooLarge(Invalid):
    """The picture is {width} × {height} pixels; make it {most} at most on each side."""

    zh = "图片尺寸为 {width} × {height} 像素，每边最多 {most} 像素，请缩小后上传。"


class MediaNotFound(NotFound):
    """There is no picture or film {sha256}; upload it."""

    zh = "没有图片或视频 {sha256}，请上传。"
