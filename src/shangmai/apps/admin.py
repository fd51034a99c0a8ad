"""The admin's pages: a browser application that `tools/web.py` builds from web/admin, served whole from memory.

Files under `built/` carry their digest in their names, so browsers keep them for good; every other address below
/admin is the application's first page, which looks at the address itself.
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from shangmai.apps.status import PUBLIC
from shangmai.kernel.i18n import Lang

BUILT: Final = Path(__file__).resolve().parents[3] / "web" / "admin" / "dist"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
# Styles that are made in the browser carry no address, so they need 'unsafe-inline'; scripts come from here alone.
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'self'"
)
MISSING: Final[dict[str, str]] = {
    "zh-CN": "<h1>管理后台尚未构建</h1><p>构建需要访问 npm。请联网后运行 <code>make run</code>，或运行"
    " <code>.venv/bin/python tools/web.py</code> 查看原因。其余部分照常工作：<a href='/'>首页</a> ·"
    " <a href='/api/docs'>接口文档</a></p>",
    "en": "<h1>The admin has not been built yet</h1><p>Building it needs npm. Run <code>make run</code> with a network,"
    " or <code>.venv/bin/python tools/web.py</code> to see why it failed. The rest works: <a href='/'>start page</a> ·"
    " <a href='/api/docs'>API reference</a></p>",
}


class File(msgspec.Struct, frozen=True):
    """A file as it is sent, plain and packed; `packed` is empty where packing gains nothing."""

    content: bytes
    packed: bytes
    media_type: str


@get(["/admin", "/admin/{place:path}"], opt=PUBLIC, include_in_schema=False)
async def show_admin(request: Request[Any, Any, Any], lang: Lang, place: str = "/") -> Response[bytes]:
    """Give a file of the admin, or its first page."""
    files = _files(BUILT)
    name = place.removeprefix("/")
    if name in files:
        return _sent(files[name], request, FOR_GOOD if name.startswith("built/") else "no-cache")
    if name.startswith("built/"):
        raise NotFoundException
    if "index.html" not in files:
        return Response(MISSING[lang].encode(), status_code=503, media_type="text/html")
    return _sent(files["index.html"], request, "no-cache")


routes: Final[list[Any]] = [show_admin]


def _sent(file: File, request: Request[Any, Any, Any], kept: str) -> Response[bytes]:
    headers = {"cache-control": kept, "content-security-policy": POLICY, "vary": "accept-encoding"}
    if file.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)


@cache
def _files(folder: Path) -> dict[str, File]:
    """What was built when this process first gave a page; a launcher builds before it starts processes."""
    return {str(path.relative_to(folder)): _file(path) for path in folder.rglob("*") if path.is_file()}


def _file(path: Path) -> File:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(content, packed if len(packed) < len(content) else b"", kind)
