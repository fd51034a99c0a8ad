"""The pages that this process serves itself: the system's status, the API reference, and what they are made of.

Nothing comes from elsewhere, so they work without the internet and under a policy that allows only ourselves.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter

from shangmai.apps.status import PUBLIC, VERSION
from shangmai.kernel.http import openapi
from shangmai.kernel.i18n import LANGS, Lang

PAGES: Final = Path(__file__).parent / "pages"
DESCRIPTION: Final = (
    "商脉的全部读写接口。每一次变更都是一个动作；动作可预览、可重试、有日志。\n"
    "Everything Shangmai can be asked and told. Every change is an action, which can be previewed and repeated safely."
)


@get("/status", opt=PUBLIC, include_in_schema=False)
async def show_status(lang: Lang) -> Response[bytes]:
    """Show what is running here."""
    return _page("status.html", lang)


@get("/api/docs", opt=PUBLIC, include_in_schema=False)
async def show_reference(lang: Lang) -> Response[bytes]:
    """Show the API reference."""
    return _page("reference.html", lang)


@get("/openapi.json", opt=PUBLIC, include_in_schema=False)
async def read_openapi(
    request: Request[Any, Any, Any], state: State, wished: Annotated[Lang, QueryParameter(name="lang")] = "en"
) -> Response[bytes]:
    """Give the OpenAPI document; summaries in Chinese with `?lang=zh-CN`. Packed, and once, to who takes it so."""
    document = state.documents(wished)
    packed, tag = _packed(document)
    headers = {"etag": tag, "cache-control": "no-cache", "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers, media_type="application/json")
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type="application/json", headers={**headers, "content-encoding": "gzip"})
    return Response(document, media_type="application/json", headers=headers)


@lru_cache(maxsize=len(LANGS))
def _packed(document: bytes) -> tuple[bytes, str]:
    """A document of two megabytes packed, with its tag (of what it says, however it is sent)."""
    return gzip.compress(document, mtime=0), f"W/{_tag(document)}"


@get("/assets/{name:str}", opt=PUBLIC, include_in_schema=False)
async def read_asset(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """Give a part of the pages."""
    assets = _assets()
    if name not in assets:
        raise NotFoundException
    content, tag = assets[name]
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers, media_type=_media_type(name))
    return Response(content, headers=headers, media_type=_media_type(name))


routes: Final[list[Any]] = [show_status, show_reference, read_openapi, read_asset]


def _page(name: str, lang: Lang) -> Response[bytes]:
    html = (PAGES / name).read_bytes().replace(b'<html lang="zh-CN">', f'<html lang="{lang}">'.encode())
    return Response(html, media_type="text/html; charset=utf-8", headers={"vary": "accept-language"})


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    """The files that pages may ask for, by name, each with its tag."""
    files = [path for path in PAGES.iterdir() if path.suffix in {".css", ".js", ".svg"}]
    return {path.name: (content, _tag(content)) for path in files for content in [path.read_bytes()]}


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def _media_type(name: str) -> str:
    return f"{mimetypes.guess_type(name)[0]}; charset=utf-8"


def documents(described: list[Any]) -> Any:
    """A function that gives the OpenAPI document of these routes and all actions as JSON, made once a language."""

    @cache
    def give(lang: Lang) -> bytes:
        return msgspec.json.encode(document(described, lang))

    return give


def document(described: list[Any], lang: Lang = "en") -> dict[str, Any]:
    return openapi.document(described, title="商脉 Shangmai", version=VERSION, description=DESCRIPTION, lang=lang)
