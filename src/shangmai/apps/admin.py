"""The admin's pages, at /admin, and the pages of scanners, at /pda: built from web/admin."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.response import Redirect

from shangmai.apps import built
from shangmai.apps.status import PUBLIC
from shangmai.kernel.i18n import Lang

BUILT: Final = built.WEB / "admin" / "dist"
PDA: Final = "pda.html"
PDA_WORKER: Final = "pda-worker.js"
# Styles that are made in the browser carry no address, so they need 'unsafe-inline'; scripts come from here alone.
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'self'"
)
MISSING: Final[dict[str, str]] = {
    "zh-CN": "<h1>管理后台尚未构建</h1><p>构建需要访问 npm。请联网后运行 <code>make run</code>，或运行"
    " <code>.venv/bin/python tools/web.py</code> 查看原因。其余部分照常工作：<a href='/status'>系统状态</a> ·"
    " <a href='/api/docs'>接口文档</a></p>",
    "en": "<h1>The admin has not been built yet</h1><p>Building it needs npm. Run <code>make run</code> with a network,"
    " or <code>.venv/bin/python tools/web.py</code> to see why it failed. The rest works: <a href='/status'>status</a>"
    " · <a href='/api/docs'>API reference</a></p>",
}


@get(["/admin", "/admin/{place:path}"], opt=PUBLIC, include_in_schema=False)
async def show_admin(request: Request[Any, Any, Any], lang: Lang, place: str = "/") -> Response[bytes]:
    """Give a file of the admin, or its first page."""
    return _show(request, lang, place.removeprefix("/"))


@get(["/pda", "/pda/{place:path}"], opt=PUBLIC, include_in_schema=False)
async def show_pda(request: Request[Any, Any, Any], lang: Lang, place: str = "/") -> Response[bytes]:
    """Give the page of scanners, which looks at the address itself."""
    return _show(request, lang, PDA)


def _show(request: Request[Any, Any, Any], lang: Lang, name: str) -> Response[bytes]:
    if not built.is_built(BUILT):
        return Response(MISSING[lang].encode(), status_code=503, media_type="text/html")
    return built.serve(BUILT, name, request, POLICY)


@get(f"/{PDA_WORKER}", opt=PUBLIC, include_in_schema=False)
async def show_pda_worker(request: Request[Any, Any, Any], lang: Lang) -> Response[bytes]:
    """Give the script by which a scanner's browser opens its pages without a network."""
    return _show(request, lang, PDA_WORKER)


@get("/screen", opt=PUBLIC, include_in_schema=False)
async def show_screen() -> Redirect:
    """Lead to the screen for a wall."""
    return Redirect("/admin/screen")


routes: Final[list[Any]] = [show_admin, show_pda, show_pda_worker, show_screen]
