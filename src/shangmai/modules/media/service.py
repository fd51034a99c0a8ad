"""Letting uploaded pictures and films be seen."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from shangmai.kernel.actions.contract import action
from shangmai.kernel.files import FileMissing, FileRef, FileStore, FileTooLarge, open_store
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.kernel.tx import Tx
from shangmai.modules.media import queries
from shangmai.modules.media.contract import (
    BYTES_MAX,
    OWN,
    OWN_A_DAY_MAX,
    OWN_BYTES_MAX,
    UPLOAD,
    KeepMedia,
    KeepOwnMedia,
    MediaFile,
    MediaNotFound,
    NoPicture,
    NotShowable,
    PictureTooLarge,
    TooManyPictures,
)
from shangmai.modules.media.rules import look_at


@action("media.keep", grant=UPLOAD, errors=[FileMissing, FileTooLarge, NotShowable, PictureTooLarge])
async def keep(tx: Tx, do: KeepMedia) -> MediaFile:
    """Let everybody see a file that is in the store: its bytes are read, and tell what it is.

    What is kept already is given as it is. Raises: FileMissing, FileTooLarge, NotShowable, PictureTooLarge.
    """
    known = await queries.find(tx, do.sha256)
    if known is not None:
        return known
    if do.size > BYTES_MAX:
        raise FileTooLarge(size_max=BYTES_MAX)
    content = await store().read(_ref(do.sha256, do.name, do.size))
    kept = KeepMedia(sha256=do.sha256, size=len(content), name=do.name)
    await queries.insert(tx, kept, look_at(content), tx.actor.id)
    return await get_media(tx, do.sha256)


@action(
    "media.keep_own",
    grant=OWN,
    errors=[FileMissing, FileTooLarge, NotShowable, NoPicture, PictureTooLarge, TooManyPictures],
)
async def keep_own(tx: Tx, do: KeepOwnMedia) -> MediaFile:
    """Let everybody see a picture that a customer has uploaded, as one of a review; so many within a day.

    Raises: FileMissing, FileTooLarge, NotShowable, NoPicture, PictureTooLarge, TooManyPictures.
    """
    return await keep_of(tx, do, tx.actor.id)


async def keep_of(tx: Tx, do: KeepOwnMedia, by: UUID) -> MediaFile:
    """As `media.keep_own`, for whoever `by` stands for: a customer, or an order whose link somebody holds. So many a
    day for each.

    Raises: FileMissing, FileTooLarge, NotShowable, NoPicture, PictureTooLarge, TooManyPictures.
    """
    known = await queries.find(tx, do.sha256)
    if known is not None:
        return known
    if do.size > OWN_BYTES_MAX:
        raise FileTooLarge(size_max=OWN_BYTES_MAX)
    if await queries.kept_since(tx, by, tx.now - timedelta(days=1)) >= OWN_A_DAY_MAX:
        raise TooManyPictures(most=OWN_A_DAY_MAX)
    content = await store().read(_ref(do.sha256, do.name, do.size))
    seen = look_at(content)
    if seen.width is None:
        raise NoPicture()
    await queries.insert(tx, KeepMedia(sha256=do.sha256, size=len(content), name=do.name), seen, by)
    return await get_media(tx, do.sha256)


async def get_media(tx: Tx, sha256: str) -> MediaFile:
    """Raises: MediaNotFound."""
    found = await queries.find(tx, sha256)
    if found is None:
        raise MediaNotFound(sha256=sha256)
    return found


async def read_media(file: MediaFile) -> bytes:
    """Give the bytes. Raises: FileMissing, FileCorrupt."""
    return await store().read(_ref(file.sha256, file.name, file.size))


def store() -> FileStore:
    """Where this installation keeps its files, for files of the size of pictures and films."""
    return open_store(Settings.load().files_location(), BYTES_MAX)


def _ref(sha256: str, name: str, size: int) -> FileRef:
    return FileRef(id=new_id(), name=name, size=size, sha256=sha256, media_type="")
