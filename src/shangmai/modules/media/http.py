"""Uploading pictures and films, and serving them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import Parameter

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import Actor
from shangmai.kernel.tx import Tx
from shangmai.modules.media import service
from shangmai.modules.media.contract import BYTES_MAX, OWN, OWN_BYTES_MAX, UPLOAD, KeepMedia, KeepOwnMedia, MediaFile

PUBLIC: Final = {"public": True}
UPLOADING: Final = {"grant": UPLOAD}
FOR_EVER: Final = "public, max-age=31536000, immutable"

AnyRequest = Request[Any, Any, Any]
Name = Annotated[str, Parameter(max_length=200, description="What people call the file. 文件名。")]


@post("/api/v1/media", opt=UPLOADING, request_max_body_size=BYTES_MAX)
async def upload(request: AnyRequest, actor: Actor, state: State, name: Name = "file") -> MediaFile:
    """Upload a picture or film, as the whole body; gives where it is served. 上传图片或视频。

    Its bytes tell what it is. Raises: FileTooLarge, NotShowable, PictureTooLarge.
    """
    ref = await service.store().put(name, request.stream())
    do = KeepMedia(sha256=ref.sha256, size=max(ref.size, 1), name=ref.name)
    answer = await state.runner.run(Call(action="media.keep", input=do, actor=actor, door="upload"))
    kept: MediaFile = answer.unwrap()
    return kept


@post("/api/v1/customer/media", opt={"grant": OWN}, request_max_body_size=OWN_BYTES_MAX)
async def upload_own(request: AnyRequest, actor: Actor, state: State, name: Name = "picture") -> MediaFile:
    """Upload a picture for a review, as the whole body; gives where it is served. 买家上传图片。

    Raises: FileTooLarge, NotShowable, NoPicture, PictureTooLarge, TooManyPictures.
    """
    ref = await service.store().put(name, request.stream())
    do = KeepOwnMedia(sha256=ref.sha256, size=max(ref.size, 1), name=ref.name)
    answer = await state.runner.run(Call(action="media.keep_own", input=do, actor=actor, door="upload"))
    kept: MediaFile = answer.unwrap()
    return kept


@get("/api/v1/media/{sha256:str}", opt=PUBLIC)
async def read_media(request: AnyRequest, tx: Tx, sha256: str) -> Response[bytes]:
    """Serve a picture or film; whoever has it may keep it for ever. Raises: MediaNotFound. 图片或视频。"""
    file = await service.get_media(tx, sha256)
    headers = {"etag": f'"{file.sha256}"', "cache-control": FOR_EVER}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
    return Response(await service.read_media(file), headers=headers, media_type=file.media_type)


routes: Final = [upload, upload_own, read_media]
