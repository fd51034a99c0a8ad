"""Browser applications that `tools/web.py` builds from a folder of web/, served whole from memory.

Files under `built/` carry their digest in their names, so browsers keep them for good; every other address of an
application is its first page, which looks at the address itself.
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import NotFoundException

WEB: Final = Path(__file__).resolve().parents[3] / "web"
FIRST: Final = "index.html"
FOR_GOOD: Final = "public, max-age=31536000, immutable"


class File(msgspec.Struct, frozen=True):
    """A file as it is sent, plain and packed; `packed` is empty where packing gains nothing."""

    content: bytes
    packed: bytes
    media_type: str


def is_built(folder: Path) -> bool:
    """Whether there is anything to serve."""
    return FIRST in _files(folder)


def serve(folder: Path, name: str, request: Request[Any, Any, Any], policy: str) -> Response[bytes]:
    """Give a file of an application, or its first page. Raises: NotFoundException for a built file that is not there.

    `policy` is its Content-Security-Policy.
    """
    files = _files(folder)
    if name in files:
        return _sent(files[name], request, policy, FOR_GOOD if name.startswith("built/") else "no-cache")
    if name.startswith("built/"):
        raise NotFoundException
    return _sent(files[FIRST], request, policy, "no-cache")


def has(folder: Path, name: str) -> bool:
    """Whether a name is one of a file, there or gone; every other one is a page of the application."""
    return bool(name) and (name in _files(folder) or name.startswith("built/"))


def first_page(folder: Path) -> bytes:
    """The application's page as it was built."""
    return _files(folder)[FIRST].content


def sent(
    content: bytes, media_type: str, request: Request[Any, Any, Any], policy: str, *, status: int = 200
) -> Response[bytes]:
    """Give something made for this request, packed where the caller takes it."""
    answer = _sent(File(content, gzip.compress(content, 1, mtime=0), media_type), request, policy, "no-cache")
    answer.status_code = status
    return answer


def _sent(file: File, request: Request[Any, Any, Any], policy: str, kept: str) -> Response[bytes]:
    headers = {"cache-control": kept, "content-security-policy": policy, "vary": "accept-encoding"}
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
