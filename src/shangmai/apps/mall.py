"""The shopper's mall, at / and /mall: built from web/mall.

Where it has not been built, / shows the page with the system's status instead, so that a first run without a network
still shows something that works.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.response import Redirect

from shangmai.apps import built
from shangmai.apps.status import PUBLIC

BUILT: Final = built.WEB / "mall" / "dist"
# Pictures of goods may lie at another host, as channels give them; styles are set on elements, scripts come from here.
POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data: blob: https:;"
    " media-src 'self' https:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


@get(["/", "/mall", "/mall/{place:path}"], opt=PUBLIC, include_in_schema=False)
async def show_mall(request: Request[Any, Any, Any], place: str = "/") -> Response[bytes] | Redirect:
    """Give a file of the mall, or its first page."""
    if not built.is_built(BUILT):
        return Redirect("/status", status_code=302)
    return built.serve(BUILT, place.removeprefix("/"), request, POLICY)


routes: Final[list[Any]] = [show_mall]
